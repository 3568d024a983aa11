"""What a project is, and what another version of its template would make of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from . import aside, git, merge, render, vetting
from .core.errors import Stop
from .core.lineage import Lineage, Source
from .git import Repository, Tree
from .git.landing import locked
from .git.templates import Origin, origin, parsed
from .merge import Merged

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Request:
    """Which version a project is to have, with which new answers.

    `reply` answers a question at a terminal; without it defaults are taken.
    """

    to: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    reply: Callable[[render.Question], Any] | None = None
    file: str = ANSWERS
    offline: bool = False
    runs: bool = True


@dataclass(frozen=True)
class Side:
    """One rendering, put into the project's object store."""

    tree: Tree
    version: str
    commit: str
    answers: Mapping[str, Any]
    public: Mapping[str, Any]
    skipped: render.Paths
    excluded: render.Paths


@dataclass(frozen=True)
class Outlook:
    """The merge that would be written; nothing is written yet."""

    repo: Repository
    lineage: Lineage
    version: str
    base: Tree
    theirs: Tree
    merged: Merged
    said: tuple[str, ...] = ()
    patch: str = ""

    @property
    def current(self) -> bool:
        """Say whether there is nothing to do."""
        return not self.merged.changes


@contextmanager
def opened(project: Path, *, trusted: bool = False) -> Generator[tuple[Repository, str]]:
    """Yield the project's repository, locked, with what had to be repaired in it."""
    repo = git.opened(project, trusted=trusted)
    with locked(repo):
        yield repo, git.recover(repo)


@contextmanager
def looked_at(project: Path, *, trusted: bool = False) -> Generator[Repository]:
    """Yield the project's repository, in which nothing can be written."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        yield git.opened(project, trusted=trusted).aside(Path(made))


def recorded(repo: Repository, file: str = ANSWERS) -> Lineage:
    """Return what the project records of its template.

    Raises:
        Stop: nothing is recorded, or it cannot be read.

    """
    text = repo.read(file)
    if text is None:
        raise Stop(
            f"`{repo.root / repo.prefix}` has no committed {file}",
            why="it says which template the project comes from, and with which answers",
            fix="give a project that Copier or modelwright made, and commit its answers file",
        )
    return Lineage.parse(text, file)


def template_of(lineage: Lineage, repo: Repository, *, offline: bool = False) -> Origin | None:
    """Return the repository of the template; None where it is the built-in one.

    Raises:
        Stop: it cannot be reached, or is no repository, so that it has no versions.

    """
    if lineage.source.built_in:
        return None
    url = lineage.source.url
    beside = repo.root / repo.prefix / url
    found = origin(
        url if Path(url).exists() or not beside.exists() else str(beside), offline=offline
    )
    if found is None:
        raise Stop(
            f"the template `{lineage.source}` is not a git repository, or is not there",
            why="an update needs the version that the project was made from",
            fix="correct `_src_path` in the answers file, and commit it",
        )
    return found


def patch(outlook: Outlook) -> str:
    """Return what the merge changes, as `git diff` shows it."""
    text = outlook.repo.patch(outlook.merged.before, outlook.merged.tree)
    for side, name in outlook.merged.sides.items():
        text = text.replace(side, name)
    return text


def foresee(repo: Repository, request: Request) -> Outlook:
    """Merge in memory: render what the project was made from and what it would become.

    Raises:
        Stop: the project records no template, or a version of it cannot be rendered.

    """
    lineage = recorded(repo, request.file)
    repository = template_of(lineage, repo, offline=request.offline)
    source = replace(lineage.source, trusted=request.trusted)
    target = replace(source, ref=request.to)
    base, theirs = _render_both(repo, repository, lineage, request, (source, target))
    _refuse_downgrade(lineage, theirs, request)
    trees = _leave_to_user(repo, base, theirs)
    labels = ("yours", f"template-{theirs.version}")
    owned = {repo.prefix + request.file}
    merged = merge.three_way(repo, *trees, owned=owned, labels=labels)
    said = _forgotten(lineage, theirs, request)
    return Outlook(repo, lineage, theirs.version, *trees, merged, tuple(said))


def _render_both(
    repo: Repository,
    repository: Origin | None,
    lineage: Lineage,
    request: Request,
    sources: tuple[Source, Source],
) -> tuple[Side, Side]:
    seed = os.urandom(32)
    before = render.Recorded(lineage.answers, request.file, repo.read, request.runs)
    name = (repo.root / repo.prefix).name
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        works = [
            partial(_side, repo, source, before, repository, asked, Path(made) / which / name, seed)
            for which, source, asked in zip(
                ("base", "theirs"), sources, (replace(request, reply=None), request), strict=True
            )
        ]
        base, theirs = aside.side_by_side(works, aside.Limits.of_environment())
    return base, theirs


def _side(  # noqa: PLR0913, PLR0917 - what one process needs to know
    repo: Repository,
    source: Source,
    before: render.Recorded,
    repository: Origin | None,
    request: Request,
    into: Path,
    seed: bytes,
) -> Side:
    """Render one version and put it into the object store."""
    render.draw_from(seed)
    with render.opened(source, into, before, repository) as template:
        given: Mapping[str, Any] = request.given
        if request.reply:
            given = template.interview(given, request.reply)
        answers = template.answer(template.known(given) if into.parent.name == "base" else given)
        template.write(answers, into)
        vetting.vet_paths(into)
        if source.trusted and request.runs:
            template.run_tasks(answers, into)
            shutil.rmtree(into / ".git", ignore_errors=True)
        return Side(
            repo.store(into),
            template.version,
            template.commit,
            answers,
            template.public(answers),
            template.skipped,
            template.excluded,
        )


def _refuse_downgrade(lineage: Lineage, theirs: Side, request: Request) -> None:
    old, new = parsed(lineage.version), parsed(theirs.version)
    if old and new and new < old:
        raise Stop(
            f"the project is at template {lineage.version}, and {theirs.version} is older",
            why="a template says how to go forward only",
            fix="name a newer one with --to"
            if request.to
            else "nothing to do, unless the template released something since",
        )


def _leave_to_user(repo: Repository, old: Side, new: Side) -> tuple[Tree, Tree]:
    """Apply `_skip_if_exists`, and `_exclude` where a new version hands a file over."""
    ours = repo.tree(repo.ours)
    base, theirs = dict(old.tree), dict(new.tree)
    handed = new.excluded - old.excluded
    for path in [*theirs]:
        if new.skipped.match(path.removeprefix(repo.prefix)):
            base.pop(path, None)
            if path in ours:
                theirs.pop(path)
    for path in [*base]:
        if path not in theirs and handed.match(path.removeprefix(repo.prefix)):
            base.pop(path)
    return base, theirs


def _forgotten(lineage: Lineage, theirs: Side, request: Request) -> Generator[str]:
    """Say which recorded answers are no longer what is rendered."""
    for name, was in lineage.answers.items():
        if name in request.given:
            continue
        if name not in theirs.public:
            yield f"the template asks for `{name}` no more: {was!r} is dropped"
        elif theirs.public[name] != was:
            yield (
                f"{was!r} cannot answer `{name}` any more: {theirs.public[name]!r}, its default, "
                f"is taken; choose with -d {name}=..."
            )
