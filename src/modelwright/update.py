"""Bring a project to another version of its template, keeping every edit of the team's."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from . import git, render
from .core.errors import Stop
from .git import Repository, Tree
from .git.journal import Landing
from .git.preflight import refuse_overwriting
from .outlook import Outlook, foresee, patch
from .past import keep
from .project import Request, located, looked_at, opened
from .resolutions import await_resolution
from .verify import Checked, verify

__all__ = ["Landed", "Request", "Updated", "message", "preview", "take_back", "update"]


@dataclass(frozen=True)
class Updated:
    """What an update did: the merge, where it was written, and how to take it back."""

    outlook: Outlook
    written: bool = False
    commit: str = ""
    branch: str = ""
    recovered: str = ""
    undo: str = ""
    verified: Checked | None = None


@dataclass(frozen=True)
class Landed:
    """How the result of a merge is to be written.

    `verify` is the command that must succeed first, "" the project's own.
    """

    commit: bool = False
    branch: str = ""
    allow_conflicts: bool = False
    verify: str | None = None


def update(project: Path, request: Request, how: Landed) -> Updated:
    """Bring *project* to the version that *request* names, wholly or not at all.

    Raises:
        Stop: the project has uncommitted changes, something is in the way, or git refuses.

    """
    render.begin()
    with opened(project, trusted=request.trusted) as (repo, repaired):
        if not how.branch:
            refuse_dirty(repo)
        outlook = foresee(repo, located(repo, request))
        done = Updated(outlook, recovered=repaired)
        conflicted = bool(outlook.merged.stages)
        if how.verify is not None and outlook.merged.changes and not conflicted:
            done = replace(done, verified=verify(repo, outlook.merged.tree, how.verify))
            if done.verified and not done.verified.green:
                return done
        stopped = conflicted and (how.commit or (how.branch and not how.allow_conflicts))
        if outlook.current or stopped:
            return done
        if outlook.stored:
            keep(repo, outlook.stored, outlook.lineage.base)
        commit = ""
        if how.commit or how.branch:
            commit = repo.commit(outlook.merged.tree, message(outlook), repo.head)
        merged = outlook.merged
        landing = Landing(repo.ours, merged.tree, merged.stages, repo.head, commit)
        if how.branch:
            _make_branch(repo, how.branch, commit)
            await_resolution(repo, landing)
            return replace(done, written=True, commit=commit, branch=how.branch)
        refuse_overwriting(repo, {**repo.tree(merged.tree), **_new_and_left_out(outlook)})
        git.journalled(repo, landing)
        await_resolution(repo, landing)
        undo = f"modelwright update --undo {shlex.quote(str(project))}"
        return replace(done, written=True, commit=commit, undo=undo)


def _new_and_left_out(outlook: Outlook) -> Tree:
    """What the team could take for its own file of that name, and so has to hear of."""
    paths = set(outlook.merged.paths("left out")) - outlook.base.keys()
    return {path: outlook.theirs[path] for path in paths if path in outlook.theirs}


def preview(project: Path, request: Request) -> Outlook:
    """Say what `update` would do, from the same merge."""
    render.begin()
    with looked_at(project, trusted=request.trusted) as repo:
        outlook = foresee(repo, located(repo, request))
        return replace(outlook, patch=patch(outlook))


def refuse_dirty(repo: Repository) -> None:
    """Refuse uncommitted work.

    Raises:
        Stop: naming the files.

    """
    if dirty := repo.dirty():
        raise Stop(
            f"{len(dirty)} files have changes that are not committed: {', '.join(dirty)}",
            why="an update merges into what is committed; other work could be mixed into it",
            fix="commit or stash them, then repeat",
        )


def message(outlook: Outlook) -> str:
    """Return what a commit of the merge says."""
    conflicts = sorted(outlook.merged.stages)
    text = f"Update from template {outlook.lineage.version} to {outlook.version}\n"
    return text + (f"\nWith conflicts in {', '.join(conflicts)}\n" if conflicts else "")


def _make_branch(repo: Repository, name: str, commit: str) -> None:
    code, _ = repo.git.ask("check-ref-format", "--branch", name)
    if code:
        raise Stop(f"`{name}` is no name for a branch", fix="choose another")
    code, said = repo.git.ask("update-ref", f"refs/heads/{name}", commit, "0" * len(commit))
    if code:
        raise Stop(f"the branch `{name}` exists already", why=said, fix="choose another name")


def take_back(project: Path) -> str:
    """Take back the last update; return the commit that the project stands on again."""
    with opened(project) as (repo, _):
        git.undo(repo)
        return repo.git("rev-parse", "--short", "HEAD").strip()
