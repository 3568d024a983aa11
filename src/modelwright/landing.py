"""Write a merge that was foreseen: into the work tree, as a commit or as a branch."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from . import git
from .core.errors import Stop
from .git import Repository, Tree
from .git.journal import Landing
from .git.preflight import refuse_overwriting
from .outlook import Outlook
from .past import keep
from .resolutions import await_resolution
from .verify import Checked, verify


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


def land(repo: Repository, foreseen: Updated, how: Landed, message: str) -> Updated:
    """Write what is *foreseen*, wholly or not at all; *message* is what a commit of it says.

    Raises:
        Stop: something is in the way, or git refuses.

    """
    done, outlook, merged = foreseen, foreseen.outlook, foreseen.outlook.merged
    conflicted = bool(merged.stages)
    if how.verify is not None and merged.changes and not conflicted:
        done = replace(done, verified=verify(repo, merged.tree, how.verify))
        if done.verified and not done.verified.green:
            return done
    stopped = conflicted and (how.commit or (how.branch and not how.allow_conflicts))
    if outlook.current or stopped:
        return done
    if outlook.stored:
        keep(repo, outlook.stored, outlook.lineage.base)
    commit = ""
    if how.commit or how.branch:
        commit = repo.commit(merged.tree, message, repo.head)
    landing = Landing(repo.ours, merged.tree, merged.stages, repo.head, commit)
    if how.branch:
        _make_branch(repo, how.branch, commit)
        await_resolution(repo, landing)
        return replace(done, written=True, commit=commit, branch=how.branch)
    refuse_overwriting(repo, {**repo.tree(merged.tree), **_new_and_left_out(outlook)})
    git.journalled(repo, landing)
    await_resolution(repo, landing)
    return replace(done, written=True, commit=commit)


def undoing(project: Path) -> str:
    """Return the command that takes the last landing in *project* back."""
    return f"modelwright update --undo {shlex.quote(str(project))}"


def _new_and_left_out(outlook: Outlook) -> Tree:
    """What the team could take for its own file of that name, and so has to hear of."""
    paths = set(outlook.merged.paths("left out")) - outlook.base.keys()
    return {path: outlook.theirs[path] for path in paths if path in outlook.theirs}


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


def _make_branch(repo: Repository, name: str, commit: str) -> None:
    code, _ = repo.git.ask("check-ref-format", "--branch", name)
    if code:
        raise Stop(f"`{name}` is no name for a branch", fix="choose another")
    code, said = repo.git.ask("update-ref", f"refs/heads/{name}", commit, "0" * len(commit))
    if code:
        raise Stop(f"the branch `{name}` exists already", why=said, fix="choose another name")
