"""Bring a project to another version of its template, keeping every edit of the team's."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import git, merge, render, vetting
from .core.errors import Stop
from .core.lineage import Lineage
from .git import Repository, Tree
from .git.landing import Landing, locked, refuse_overwriting
from .merge import Merged

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Request:
    """Which version a project is to have, with which new answers."""

    to: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    reply: Callable[[render.Question], Any] | None = None


@dataclass(frozen=True)
class Outlook:
    """What a project is and what the template would make of it; nothing is written yet."""

    repo: Repository
    lineage: Lineage
    version: str
    base: Tree
    theirs: Tree
    merged: Merged

    @property
    def current(self) -> bool:
        """Say whether there is nothing to do."""
        return not self.merged.changes


@dataclass(frozen=True)
class Updated:
    """What an update did: the merge, where it was written, and how to take it back."""

    outlook: Outlook
    written: bool = False
    commit: str = ""
    branch: str = ""
    recovered: str = ""
    undo: str = ""


@contextmanager
def opened(project: Path, *, trusted: bool = False) -> Generator[tuple[Repository, str]]:
    """Yield the project's repository, locked, with what had to be repaired in it."""
    repo = git.opened(project, trusted=trusted)
    with locked(repo):
        yield repo, git.recover(repo)


def foresee(repo: Repository, request: Request) -> Outlook:
    """Merge in memory: render what the project was made from and what it would become.

    Raises:
        Stop: the project records no template, or a version of it cannot be rendered.

    """
    lineage = recorded(repo)
    source = replace(lineage.source, trusted=request.trusted)
    target = replace(source, ref=request.to)
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        name = repo.root.name if not repo.prefix else Path(repo.prefix).name
        old, new = Path(made) / "base" / name, Path(made) / "theirs" / name
        with render.opened(source, old) as template:
            recorded_answers = template.understood(lineage.answers)
            template.write(template.answer(recorded_answers), old)
            handed = template.excluded
        with render.opened(target, new) as template:
            given = template.understood(lineage.answers) | dict(request.given)
            if request.reply:
                given = template.interview(given, request.reply)
            template.write(template.answer(given), new)
            vetting.vet_paths(new)
            version, skipped = template.version, template.skipped
            handed = template.excluded - handed
        base, theirs = repo.store(old), repo.store(new)
    base, theirs = _leave_to_user(repo, base, theirs, skipped, handed)
    labels = ("yours", f"template-{version}")
    owned = {repo.prefix + ANSWERS}
    merged = merge.three_way(repo, base, theirs, owned=owned, labels=labels)
    return Outlook(repo, lineage, version, base, theirs, merged)


def recorded(repo: Repository) -> Lineage:
    """Return what the project records of its template.

    Raises:
        Stop: nothing is recorded, or it cannot be read.

    """
    text = repo.read(ANSWERS)
    if text is None:
        raise Stop(
            f"`{repo.root}` has no committed {ANSWERS}",
            why="it says which template the project comes from, and with which answers",
            fix="give a project that Copier or modelwright made, and commit its answers file",
        )
    return Lineage.parse(text, ANSWERS)


def _leave_to_user(
    repo: Repository, base: Tree, theirs: Tree, skipped: render.Paths, handed: render.Paths
) -> tuple[Tree, Tree]:
    """Apply `_skip_if_exists`, and `_exclude` where a new version hands a file over."""
    ours = repo.tree(repo.ours)
    base, theirs = dict(base), dict(theirs)
    for path in [*theirs]:
        if skipped.match(path.removeprefix(repo.prefix)):
            if path in ours:
                theirs.pop(path)
                base.pop(path, None)
            else:
                base.pop(path, None)
    for path in [*base]:
        if path not in theirs and handed.match(path.removeprefix(repo.prefix)):
            base.pop(path)
    return base, theirs


@dataclass(frozen=True)
class Landed:
    """How the result of a merge is to be written."""

    commit: bool = False
    branch: str = ""
    allow_conflicts: bool = False
    verify: Callable[[Path], str] | None = None


def update(project: Path, request: Request, how: Landed) -> Updated:
    """Bring *project* to the version that *request* names, wholly or not at all.

    Raises:
        Stop: the project has uncommitted changes, something is in the way, or git refuses.

    """
    with opened(project, trusted=request.trusted) as (repo, repaired):
        if not how.branch:
            refuse_dirty(repo)
        outlook = foresee(repo, request)
        done = Updated(outlook, recovered=repaired)
        conflicted = bool(outlook.merged.stages)
        stopped = conflicted and (how.commit or (how.branch and not how.allow_conflicts))
        if outlook.current or stopped:
            return done
        commit = ""
        if how.commit or how.branch:
            commit = repo.commit(outlook.merged.tree, _message(outlook), [repo.head], own=True)
        if how.branch:
            _make_branch(repo, how.branch, commit)
            return replace(done, written=True, commit=commit, branch=how.branch)
        refuse_overwriting(repo, repo.tree(outlook.merged.tree))
        merged = outlook.merged
        landing = Landing(repo.ours, merged.tree, merged.stages, repo.head, commit)
        git.journalled(repo, landing)
        undo = f"modelwright update --undo {shlex.quote(str(project))}"
        return replace(done, written=True, commit=commit, undo=undo)


def preview(project: Path, request: Request) -> Outlook:
    """Say what `update` would do, from the same merge."""
    with opened(project, trusted=request.trusted) as (repo, _):
        return foresee(repo, request)


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


def _message(outlook: Outlook) -> str:
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
