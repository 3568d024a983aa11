"""What a project is, and what another version of its template would make of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from . import aside, git, merge, past, render, vetting
from .core.errors import Stop
from .core.lineage import Lineage, Source
from .git import Repository, Tree
from .git.landing import locked
from .git.templates import Origin, origin, parsed
from .merge import Merged
from .past import Past

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
    template: str = ""
    structured: bool = True


@dataclass(frozen=True)
class Side:
    """One rendering, put into the project's object store."""

    tree: Tree
    version: str
    commit: str
    source: str
    public: Mapping[str, Any]
    skipped: render.Paths
    excluded: render.Paths
    base: str = ""


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
    stored: str = ""
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
    if not request.template:
        past.refuse_swapped(repo, lineage, request.file)
    known = past.remembered(repo, lineage, request.file)
    old, new, said = _render(repo, known, request)
    _refuse_downgrade(lineage, new, request)
    new = _marked(repo, lineage, old, new, request)
    base, theirs = _leave_to_user(repo, old, new)
    labels = ("yours", f"template-{new.version}")
    terms = merge.Terms({repo.prefix + request.file}, labels, request.structured)
    merged = merge.three_way(repo, base, theirs, terms)
    by_key = merged.paths("merged by key")
    said += [f"`{path}` was merged by key; --no-structured leaves a conflict" for path in by_key]
    said += _forgotten(lineage, new, request)
    return Outlook(repo, lineage, new.version, base, theirs, merged, tuple(said), new.base)


def _render(repo: Repository, known: Past, request: Request) -> tuple[Side, Side, list[str]]:
    """Render both versions side by side, and bring them together with what is stored."""
    lineage = known.lineage
    repository = template_of(lineage, repo, offline=request.offline)
    source = replace(lineage.source, trusted=request.trusted)
    target = Source(request.template or source.url, request.to, request.trusted)
    elsewhere = Lineage(target)
    theirs_from = template_of(elsewhere, repo) if request.template else repository
    exact = replace(source, ref=lineage.commit or source.ref)
    before = [
        render.Recorded(each, request.file, repo.read, request.runs) for each in known.answers
    ]
    quiet = replace(request, reply=None)
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        place = partial(_place, repo, Path(made))
        seed = os.urandom(32)
        works = [partial(_side, repo, target, before[0], theirs_from, request, place("new"), seed)]
        for number, each in enumerate(before):
            at = place(f"old-{number}")
            works.append(partial(_side, repo, exact, each, repository, quiet, at, seed, old=True))
        attempts = [partial(_tried, work, tolerant=known.stored is not None) for work in works[1:]]
        new, *olds = aside.side_by_side([works[0], *attempts], aside.Limits.of_environment())
    if isinstance(new, Stop):
        raise new
    if known.stored is not None:
        return _with_store(repo, known.stored, olds[0], new, request)
    renderings = [each for each in olds if isinstance(each, Side)]
    chosen = past.nearest(repo, [each.tree for each in renderings], request.file)
    return renderings[chosen], new, []


def _with_store(
    repo: Repository, stored: Tree, again: Side | Stop, new: Side, request: Request
) -> tuple[Side, Side, list[str]]:
    """Take the stored rendering as base; what replaying it gives otherwise is no change."""
    if isinstance(again, Stop):
        said = [f"the recorded version cannot be rendered again ({again.what}); the stored is used"]
        return replace(new, tree=stored), new, said
    own = repo.prefix + request.file
    replay = {path: entry for path, entry in again.tree.items() if path != own}
    theirs, apart = past.replayed(repo, stored, replay, new.tree)
    said = []
    if replay != stored:
        differing = sorted({path for path, _ in replay.items() ^ stored.items()})
        said.append(f"rendered again, these differ from what is stored: {', '.join(differing)}")
    said += [f"`{path}` could not be brought together with what is stored" for path in apart]
    return replace(again, tree=stored), replace(new, tree=theirs), said


def _place(repo: Repository, folder: Path, which: str) -> Path:
    return folder / which / (repo.root / repo.prefix).name


def _tried(work: Callable[[], Side], *, tolerant: bool) -> Side | Stop:
    try:
        return work()
    except Stop as stop:
        if tolerant:
            return stop
        raise


def _side(  # noqa: PLR0913, PLR0917 - what one process needs to know
    repo: Repository,
    source: Source,
    before: render.Recorded,
    repository: Origin | None,
    request: Request,
    into: Path,
    seed: bytes,
    *,
    old: bool = False,
) -> Side:
    """Render one version and put it into the object store."""
    render.draw_from(seed)
    with render.opened(source, into, before, repository) as template:
        given: Mapping[str, Any] = template.secret(request.given) if old else request.given
        if request.reply:
            given = template.interview(given, request.reply)
        answers = template.answer(given)
        template.write(answers, into)
        vetting.vet_paths(into)
        if source.trusted and request.runs:
            template.run_tasks(answers, into)
            shutil.rmtree(into / ".git", ignore_errors=True)
        return Side(
            repo.store(into),
            template.version,
            template.commit,
            template.url,
            template.public(answers),
            template.skipped,
            template.excluded,
        )


def _marked(repo: Repository, lineage: Lineage, old: Side, new: Side, request: Request) -> Side:
    """Let the answers file say what exactly was rendered; leave it alone where nothing changes."""
    own = repo.prefix + request.file
    if own not in new.tree:
        return new
    rest = {path: entry for path, entry in new.tree.items() if path != own}
    same = rest == {path: entry for path, entry in old.tree.items() if path != own}
    text = repo.git("cat-file", "blob", new.tree[own].oid)
    written = Lineage.parse(text, request.file)
    if same and (written.source, written.answers) == (lineage.source, lineage.answers):
        kept = {**new.tree, own: repo.tree(repo.ours)[own]}
        return replace(new, tree=kept)
    base = past.fingerprint(repo, new.tree, request.file)
    source = "" if lineage.source.built_in else new.source
    blob = repo.blob(past.signed(text, new.commit, base, source))
    return replace(new, tree={**new.tree, own: replace(new.tree[own], oid=blob)}, base=base)


def _refuse_downgrade(lineage: Lineage, theirs: Side, request: Request) -> None:
    old, new = parsed(lineage.version), parsed(theirs.version)
    if old and new and new < old and not request.template:
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


def _forgotten(lineage: Lineage, theirs: Side, request: Request) -> Iterator[str]:
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
