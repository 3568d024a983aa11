"""Lay out a new repository: rendered beside its place, moved there whole, then made to run."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from . import aside, git, guard, laying, past, render, staging, uv, vetting
from .core.errors import Stop, room
from .core.lineage import Source
from .core.overlay import Overlay
from .core.standard import Standard
from .git.templates import Origin, origin
from .overlays import Stack, current
from .project import ANSWERS

T = TypeVar("T")


class Progress(Protocol):
    """Shows that something goes on; what *talks* prints lines of its own."""

    def __call__(self, doing: str, *, talks: bool = False) -> AbstractContextManager[object]:
        """Return the context in which it goes on."""
        ...


def _in_silence(doing: str, *, talks: bool = False) -> AbstractContextManager[object]:  # noqa: ARG001
    return nullcontext()


@dataclass(frozen=True)
class Plan:
    """What a new repository is made from, and how far it is taken."""

    source: Source = field(default_factory=Source)
    given: Mapping[str, Any] = field(default_factory=dict)
    standard: Standard = field(default_factory=Standard)
    git: bool = True
    install: bool = True
    run: bool = False


@dataclass(frozen=True)
class Dialogue:
    """A person at a terminal: `reply` answers a question, `agree` consents to the summary."""

    reply: Callable[[render.Question], Any]
    agree: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Failed:
    """A later step that failed, why, and the command that repeats it."""

    step: str
    reason: str
    repeat: str


@dataclass(frozen=True)
class Created:
    """A new repository, the later steps that failed, and whether its pipeline ended green."""

    project: Path
    version: str
    answers: Mapping[str, Any]
    files: tuple[str, ...]
    failed: tuple[Failed, ...] = ()
    green: bool | None = None
    overlays: tuple[Overlay, ...] = ()


def new(
    dest: Path,
    plan: Plan,
    *,
    dialogue: Dialogue | None = None,
    progress: Progress = _in_silence,
) -> Created:
    """Make the repository *dest* from *plan*, wholly or not at all.

    Once the files are in place they stay: a later step that fails is reported, not undone.

    Raises:
        Stop: *dest* is in use, the template is refused, or an answer can't be used.

    """
    staging.refuse_place(dest)
    order = _settled(dest, plan, dialogue)
    with staging.staged(dest) as folder, progress("render the template"):
        files = _apart(partial(order.write, folder), plan.source)
    created = Created(dest, order.version, order.public, files, overlays=order.stack.overlays)
    created = replace(created, failed=_take_further(created, plan, progress))
    return replace(created, green=_run(created, progress)) if plan.run else created


def preview(dest: Path, plan: Plan, *, dialogue: Dialogue | None = None) -> Created:
    """Return what `new` would make, and leave nothing behind."""
    order = _settled(dest, plan, dialogue)
    with room(), tempfile.TemporaryDirectory(prefix="modelwright-") as folder:
        files = _apart(partial(order.write, Path(folder) / dest.name), plan.source)
    return Created(dest, order.version, order.public, files)


@dataclass(frozen=True)
class _Order:
    """A template, and all answers that it is to be rendered with."""

    source: Source
    repository: Origin | None
    dest: Path
    version: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    public: Mapping[str, Any] = field(default_factory=dict)
    stack: Stack = field(default_factory=Stack)

    def settle(self, plan: Plan, dialogue: Dialogue | None) -> _Order:
        """Find all answers, and ask for them where somebody sits at the terminal."""
        held = plan.standard
        with render.opened(self.source, self.dest, repository=self.repository) as template:
            default, pinned = template.known(held.default), template.known(held.pinned)
            given = {**default, **plan.given, **pinned}
            answers = template.interview(given, dialogue.reply) if dialogue else given
            answers = template.answer(answers)
            public = template.public(answers)
            if dialogue and not dialogue.agree(public):
                raise KeyboardInterrupt
            return replace(self, version=template.version, answers=answers, public=public)

    def write(self, folder: Path) -> tuple[str, ...]:
        """Render into the new *folder* and vet what came out; return the paths."""
        with render.opened(self.source, self.dest, repository=self.repository) as template:
            template.write(self.answers, folder)
            vetting.vet_paths(folder)
            if template.built_in and (broken := list(vetting.unreadable(folder))):
                raise Stop(
                    f"the answers would break {len(broken)} files: {'; '.join(broken)}",
                    why="a repository whose files don't parse is worse than none",
                    fix="give plainer answers, and report this: it is a fault of the template",
                )
            laid: tuple[laying.Laid, ...] = ()
            if self.stack.overlays:
                laid = laying.rendered(self.stack, template.context(self.answers), folder, ANSWERS)
            if self.source.trusted:
                guard.lift()
            template.run_tasks(self.answers, folder)
            laying.lay(laid, folder)
        if laid:
            past.note(folder / ANSWERS, past.Mark(overlays=self.stack.overlays))
        files = (path for path in folder.rglob("*") if not path.is_dir())
        return tuple(sorted(path.relative_to(folder).as_posix() for path in files))


def _settled(dest: Path, plan: Plan, dialogue: Dialogue | None) -> _Order:
    repository = None if plan.source.built_in else origin(plan.source.url)
    stack = Stack(current(plan.standard), plan.standard)
    order = _Order(plan.source, repository, dest, stack=stack)
    with room():
        return _apart(partial(order.settle, plan, dialogue), plan.source)


def _apart(work: Callable[[], T], source: Source) -> T:
    """Return what *work* does with the template, in a guarded process of its own."""
    limits = guard.Limits.of_environment(trusted=source.trusted)
    render.prepare()
    [done] = aside.side_by_side([work], limits)
    return done


@dataclass(frozen=True)
class _Step:
    name: str
    doing: str
    act: Callable[[], None]
    repeat: str
    needs: str = ""


def _steps(created: Created, plan: Plan) -> Generator[_Step]:
    """Yield what follows the rendering, in order, as far as *plan* and the template go."""
    project, at = created.project, f"cd {shlex.quote(str(created.project))} && "
    install = plan.install and "pyproject.toml" in created.files
    if plan.git:
        yield _Step("git", "start the git repository", partial(_begin, created), f"{at}git init")
    if install:
        yield _Step(
            "install",
            "lock and install the environment",
            partial(uv.sync, project),
            at + uv.spelled("sync"),
        )
    if install and plan.git and ".pre-commit-config.yaml" in created.files:
        yield _Step(
            "hooks",
            "install the hooks",
            partial(uv.install_hooks, project),
            at + uv.spelled("run", "pre-commit", "install"),
            needs="install",
        )
    if plan.git:
        message = f"Start from template {created.version}".rstrip()
        yield _Step(
            "commit",
            "make the first commit",
            partial(git.commit_all, project, message),
            f"{at}git add --all && git commit --message {shlex.quote(message)}",
            needs="git",
        )


def _begin(created: Created) -> None:
    """Start the repository; where overlays were laid, keep what was rendered as the next base."""
    git.start(created.project)
    if created.overlays and ANSWERS in created.files:
        base = git.keep(created.project, ANSWERS, past.REFS)
        past.note(created.project / ANSWERS, past.Mark(base=base, overlays=created.overlays))


def _take_further(created: Created, plan: Plan, progress: Progress) -> tuple[Failed, ...]:
    """Do every later step; one that fails is reported and never stops the others."""
    failed: dict[str, Failed] = {}
    for step in _steps(created, plan):
        if step.needs in failed:
            reason = f"it needs the step before it, {step.needs}"
            failed[step.name] = Failed(step.name, reason, step.repeat)
            continue
        try:
            with progress(step.doing):
                step.act()
        except Stop as stop:
            failed[step.name] = Failed(step.name, stop.what, step.repeat)
    return tuple(failed.values())


def _run(created: Created, progress: Progress) -> bool | None:
    """Run the project's pipeline on the user's terminal; None where it has none to run."""
    command = created.answers.get("command")
    # uv makes the environment's folder before it finds out that it can't fill it.
    broken = any(failed.step == "install" for failed in created.failed)
    if command is None or broken or not uv.installed(created.project):
        return None
    with progress("run the pipeline", talks=True):
        return uv.run(created.project, command, "run") == 0
