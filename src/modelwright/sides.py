"""The two renderings that an update merges: what a project came from, and what it would be."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import aside, guard, laying, past, render, vetting
from .core.errors import Stop
from .core.lineage import Lineage, Source
from .core.overlay import Overlay
from .git import Repository, Tree
from .git.templates import Origin
from .overlays import Stack, wanted
from .past import Past
from .project import Request, followed, template_of
from .shelf import Common

if TYPE_CHECKING:
    from .render.cookiecutter import Baking


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
    answers: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    changelog: str = ""
    migrates: bool = False
    said: tuple[str, ...] = ()
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True)
class Job:
    """One version to render; *old* where it is what the project came from."""

    repo: Repository
    source: Source
    repository: Origin | None
    before: render.Recorded
    request: Request
    former: str
    seed: bytes
    old: bool = False
    overlays: tuple[Overlay, ...] = ()

    def side(self, folder: Path) -> Side:
        """Render into a new folder below *folder*, and put it into the object store."""
        into = folder / (self.repo.root / self.repo.prefix).name
        if self.request.shelf is None or self.before.replay:
            side, _ = self._rendered(into)
        else:
            into, side = self.request.shelf.take(self._key, into, self._rendered)
        return replace(side, tree=self.repo.store(into), overlays=self.overlays)

    @property
    def _key(self) -> object:
        """Return all that a rendering depends on, but for its folder and what it reads itself."""
        ref = self.source.ref
        if self.repository and not (self.repository.near and not ref):
            ref, _ = self.repository.resolve(ref or self.repository.latest or "HEAD")
        pinned = {} if self.old else self.request.standard.pinned
        asked = self.request
        given = (self.before.answers, asked.given, asked.file, asked.runs, pinned)
        former = "" if self.old or self.source.ref == self.former else self.former
        overlays = [each.identity for each in self.overlays]
        return (self.source.url, self.source.trusted, ref, former, overlays, *given)

    def _rendered(self, into: Path) -> tuple[Side, Common]:
        into.parent.mkdir(exist_ok=True)
        read: list[str] = []
        before = replace(self.before, read=lambda path: read.append(path) or self.before.read(path))
        chance = render.draw_from(self.seed)
        with replace(self, before=before)._opened(into) as template:
            answers = self._answers(template)
            template.write(answers, into)
            vetting.vet_paths(into)
            laid = self._laid(template.context(answers), into) if self.overlays else ()
            if self.source.trusted and self.request.runs:
                guard.lift()
                template.run_tasks(answers, into)
                shutil.rmtree(into / ".git", ignore_errors=True)
            laying.lay(laid, into)
            own = read or chance.used or self.source.trusted
            names = template.names_folder(before.answers) or any(e.names_folder for e in laid)
            named: Common = "name" if names else "all"
            return Side(
                {},
                template.version,
                template.commit,
                template.url,
                template.public(answers),
                template.skipped,
                template.excluded,
                answers=answers,
                changelog=template.changelog,
                migrates=not self.old and template.migrates(self.former),
                said=template.said,
            ), "none" if own else named

    def _laid(self, answers: Mapping[str, Any], into: Path) -> tuple[laying.Laid, ...]:
        stack = Stack(self.overlays, self.request.standard, self.request.offline)
        return laying.rendered(stack, answers, into, self.before.file)

    def _opened(self, into: Path) -> AbstractContextManager[render.Rendering | Baking]:
        if self.before.replay is None:
            return render.opened(self.source, into, self.before, self.repository)
        from .render import cookiecutter  # noqa: PLC0415 - what Copier made needs none of it

        return cookiecutter.opened(self.source, self.before, self.repository)

    def migrated(self, stage: render.Stage, answers: Mapping[str, Any], tree: Tree) -> Tree:
        """Return the project's part of *tree* as the migrations of *stage* leave it."""
        with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
            into = Path(made) / (self.repo.root / self.repo.prefix).name
            self.repo.extract(tree, into)
            with render.opened(self.source, into, self.before, self.repository) as template:
                guard.lift()
                template.migrate(stage, self.former, answers, into)
            return self.repo.store(into)

    def _answers(self, template: render.Rendering | Baking) -> dict[str, Any]:
        given: Mapping[str, Any] = self.request.given
        if self.old:
            return template.answer(template.secret(given))
        given = {**given, **template.known(self.request.standard.pinned)}
        if self.request.reply:
            given = template.interview(given, self.request.reply)
        return template.answer(given)


@dataclass(frozen=True)
class Sides:
    """Both renderings, what is to be said of them, and the job that made the new one."""

    old: Side
    new: Side
    said: tuple[str, ...]
    job: Job

    def migrated(self, stage: render.Stage, *trees: Tree) -> list[Tree]:
        """Return *trees* as the new version's migrations of *stage* leave them."""
        works = [partial(self.job.migrated, stage, self.new.answers, tree) for tree in trees]
        limits = guard.Limits.of_environment(trusted=True)  # else nothing migrates
        render.prepare()
        return aside.side_by_side(works, limits)


def render_both(repo: Repository, known: Past, request: Request) -> Sides:
    """Render both versions side by side, and bring them together with what is stored."""
    lineage = known.lineage
    repository = template_of(lineage, repo, offline=request.offline)
    source = replace(lineage.source, trusted=request.trusted)
    target = Source(request.template or source.url, request.to, request.trusted)
    elsewhere = template_of(Lineage(target), repo) if request.template else repository
    if elsewhere and lineage.replay:
        target = replace(target, ref=request.to or followed(lineage, elsewhere))
    before = [
        render.Recorded(each, request.file, repo.read, request.runs, lineage.replay)
        for each in known.answers
    ]
    seed = os.urandom(32)
    overlays = request.overlays
    if overlays is None:
        overlays = wanted(request.standard, lineage.overlays, offline=request.offline)
    new_job = Job(
        repo, target, elsewhere, before[0], request, lineage.version, seed, overlays=overlays
    )
    exact = replace(source, ref=lineage.commit or source.ref)
    old_jobs = [
        replace(new_job, source=exact, repository=repository, before=each, old=True,
                overlays=lineage.overlays)
        for each in before
    ]  # fmt: skip
    new, *olds = rendered([new_job, *old_jobs], tolerant=known.stored is not None)
    if isinstance(new, Stop):
        raise new
    if known.stored is not None:
        return _with_store(new_job, known.stored, olds[0], new)
    renderings = [each for each in olds if isinstance(each, Side)]
    chosen = past.nearest(repo, [each.tree for each in renderings], request.file)
    return Sides(renderings[chosen], new, new.said, new_job)


def rendered(jobs: list[Job], *, tolerant: bool) -> list[Side | Stop]:
    """Do *jobs* side by side; of a *tolerant* one that is old, return what stopped it."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        works: list[Callable[[], Side | Stop]] = [
            partial(_tried, job, Path(made) / str(number), tolerant=tolerant and job.old)
            for number, job in enumerate(jobs)
        ]
        for job in jobs:
            if job.repository and not job.request.trusted:  # else code may change what it shares
                job.repository.lay_out(job.source.ref, Path(made) / "templates")
        limits = guard.Limits.of_environment(trusted=jobs[0].request.trusted)
        render.prepare()
        return aside.side_by_side(works, limits)


def _tried(job: Job, folder: Path, *, tolerant: bool) -> Side | Stop:
    try:
        return job.side(folder)
    except Stop as stop:
        if tolerant:
            return stop
        raise


def _with_store(job: Job, stored: Tree, again: Side | Stop, new: Side) -> Sides:
    """Take the stored rendering as base; what replaying it gives otherwise is no change."""
    if isinstance(again, Stop):
        said = f"the recorded version cannot be rendered again ({again.what}); the stored is used"
        return Sides(replace(new, tree=stored, version=job.former), new, (said, *new.said), job)
    own = job.repo.prefix + job.request.file
    replay = {path: entry for path, entry in again.tree.items() if path != own}
    theirs, apart = past.replayed(job.repo, stored, replay, new.tree)
    said = [*new.said]
    said += [f"`{path}` could not be brought together with what is stored" for path in apart]
    if replay != stored:
        differing = ", ".join(sorted({path for path, _ in replay.items() ^ stored.items()}))
        said.append(f"rendered again, these differ from what is stored: {differing}")
    return Sides(replace(again, tree=stored), replace(new, tree=theirs), tuple(said), job)
