"""Lay out a new repository: rendered beside its place, moved there whole, then made to run."""

from __future__ import annotations

import glob
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from . import git, render, uv, vetting
from .core.errors import Stop
from .core.lineage import Source

Progress = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Plan:
    """What a new repository is made from, and how far it is taken."""

    source: Source = field(default_factory=Source)
    given: Mapping[str, Any] = field(default_factory=dict)
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


def new(
    dest: Path,
    plan: Plan,
    *,
    dialogue: Dialogue | None = None,
    progress: Progress = lambda _: nullcontext(),
) -> Created:
    """Make the repository *dest* from *plan*, wholly or not at all.

    Once the files are in place they stay: a later step that fails is reported, not undone.

    Raises:
        Stop: *dest* is in use, the template is refused, or an answer can't be used.

    """
    _refuse_place(dest)
    with render.opened(plan.source, dest) as template:
        answers = _settle(template, plan.given, dialogue)
        with _staged(dest) as staging, progress("render the template"):
            files = _write(template, answers, staging)
    created = Created(dest, template.version, answers, files)
    created = replace(created, failed=_take_further(created, plan, progress))
    return replace(created, green=_run(created, progress)) if plan.run else created


def preview(dest: Path, plan: Plan, *, dialogue: Dialogue | None = None) -> Created:
    """Return what `new` would make, and leave nothing behind."""
    with (
        render.opened(plan.source, dest) as template,
        tempfile.TemporaryDirectory(prefix="modelwright-") as folder,
    ):
        answers = _settle(template, plan.given, dialogue)
        files = _write(template, answers, Path(folder) / dest.name)
        return Created(dest, template.version, answers, files)


def _settle(
    template: render.Rendering, given: Mapping[str, Any], dialogue: Dialogue | None
) -> Mapping[str, Any]:
    """Return all answers, asked for at the terminal where somebody sits there."""
    if dialogue is None:
        return template.answer(given)
    answers = template.answer(template.interview(given, dialogue.reply))
    if not dialogue.agree(answers):
        raise KeyboardInterrupt
    return answers


def _write(
    template: render.Rendering, answers: Mapping[str, Any], staging: Path
) -> tuple[str, ...]:
    """Render into *staging* and vet what came out."""
    files = template.write(answers, staging)
    vetting.vet_paths(staging)
    if template.built_in and (broken := list(vetting.unreadable(staging))):
        raise Stop(
            f"the answers would break {len(broken)} files: {'; '.join(broken)}",
            why="a repository whose files don't parse is worse than none",
            fix="give plainer answers, and report this: it is a fault of the template",
        )
    return files


@contextmanager
def _staged(dest: Path) -> Generator[Path]:
    """Yield a private folder beside *dest*, with its name; move it to *dest* at the end."""
    made = [parent for parent in dest.parents if not parent.exists()]
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(dest)
        beside = tempfile.mkdtemp(prefix=f"{_mark(dest)}{os.getpid()}-", dir=dest.parent)
    except OSError as error:
        raise Stop(
            f"cannot write beside `{dest}`: {error.strerror}",
            why="a repository is rendered beside its place, then moved there whole",
            fix="choose a folder in which you may write",
        ) from error
    try:
        staging = Path(beside) / dest.name
        yield staging
        if dest.is_dir():
            shutil.copymode(dest, staging)
        staging.replace(dest)
    except OSError as error:
        raise Stop(
            f"cannot write `{dest}`: {error.strerror}",
            fix="free some space, or choose another folder",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if not dest.exists():
            for parent in made:
                parent.rmdir()


def _mark(dest: Path) -> str:
    return f".{dest.name}.modelwright-"


def _clear_leftovers(dest: Path) -> None:
    """Remove what a killed run left beside *dest*; a run that is alive keeps its own."""
    for folder in dest.parent.glob(f"{glob.escape(_mark(dest))}*-*"):
        process = folder.name.removeprefix(_mark(dest)).partition("-")[0]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue


def _refuse_place(dest: Path) -> None:
    """Refuse a place that is in use, that nobody may enter, or whose name does not travel."""
    if complaint := vetting.complain_of_path(PurePosixPath(dest.name)):
        raise Stop(f"`{dest.name}` is no name for a repository: {complaint}", fix="choose another")
    try:
        occupied = dest.is_dir() and any(dest.iterdir())
        other = dest.is_symlink() or (dest.exists() and not dest.is_dir())
    except OSError as error:
        raise Stop(f"cannot look into `{dest}`: {error.strerror}", fix="choose another") from error
    if other:
        raise Stop(f"`{dest}` is not a folder", fix="choose a new folder")
    if occupied:
        raise Stop(
            f"`{dest}` is not empty",
            why="a new repository never overwrites what is there",
            fix="choose a new folder",
        )


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
        yield _Step("git", "start the git repository", partial(git.start, project), f"{at}git init")
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
    if command is None or not uv.installed(created.project):
        return None
    with progress("run the pipeline"):
        return uv.run(created.project, command, "run") == 0
