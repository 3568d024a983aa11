"""`modelwright new`."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import uv
from ..core.errors import Stop
from ..core.lineage import BUILT_IN, Source
from . import answers as given_answers
from . import screen
from .options import AsJson, Data, Defaults, NoColor, PolicyFile, Quiet, Trust
from .screen import Screen

if TYPE_CHECKING:
    from ..new import Created


def new(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A new or empty folder.")],
    template: Annotated[
        str, typer.Option(metavar="SRC", help="A template's folder or git address.")
    ] = BUILT_IN,
    ref: Annotated[str | None, typer.Option(metavar="VERSION", help="Its version.")] = None,
    data: Data = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A YAML or JSON file of answers.")
    ] = None,
    defaults: Defaults = False,
    trust: Trust = False,
    policy: PolicyFile = None,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no git repository.")] = False,
    no_install: Annotated[
        bool, typer.Option("--no-install", help="Lock and install nothing.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Run the pipeline to the readiness page.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the tree and write nothing.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Lay out a new repository that trains, gates and serves on day one."""
    from .. import new as use_case
    from .. import standards

    if run and no_install:
        raise Stop("--run needs an environment", fix="leave out --no-install or --run")
    given, held = given_answers.gather(answers, data or []), standards.standard(policy)
    held.refuse_source(template)
    held.refuse_answers(given)
    plan = use_case.Plan(
        source=Source(template, ref, trust or held.trusts(template)),
        given=given,
        standard=held,
        git=not no_git,
        install=not no_install,
        run=run,
    )
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not (defaults or as_json)
    dialogue = use_case.Dialogue(given_answers.ask, given_answers.agree) if asks else None
    talk = Screen(quiet=quiet or as_json, no_color=no_color)
    place = Path(os.path.abspath(dest))
    if dry_run:
        _show_preview(use_case.preview(place, plan, dialogue=dialogue), as_json)
        return
    created = use_case.new(place, plan, dialogue=dialogue, progress=talk.progress)
    if as_json:
        screen.result_json(_document(created))
    else:
        _show(created, dest, talk, run=run)
    raise typer.Exit(1 if run and not created.green else 0)


def _show(created: Created, dest: Path, talk: Screen, *, run: bool) -> None:
    for failed in created.failed:
        talk.warn(f"{failed.step} failed: {failed.reason}\n  repeat it with: {failed.repeat}")
    if run and created.green is None:
        talk.warn("the pipeline did not run: there is no environment, or no command to run in it")
    state = {True: ", its pipeline is green", False: ", its pipeline is red", None: ""}
    version = f" from template {created.version}" if created.version else ""
    screen.result(f"{dest} is laid out: {len(created.files)} files{version}{state[created.green]}")
    page = dest / "reports" / "index.html"
    if page.exists():
        screen.result(f"readiness page: {page}")
    if command := created.answers.get("command"):
        todo = "serve" if created.green and created.answers.get("deploy") else "run"
        screen.result(f"next: cd {shlex.quote(str(dest))} && {uv.spelled('run', command, todo)}")
    else:
        screen.result(f"next: cd {shlex.quote(str(dest))}")


def _show_preview(created: Created, as_json: bool) -> None:
    if as_json:
        screen.result_json(_document(created))
        return
    screen.result(f"{created.project.name} would have {len(created.files)} files")
    shown: tuple[str, ...] = ()
    for file in created.files:
        *folders, name = file.split("/")
        for depth, folder in enumerate(folders):
            if shown[: depth + 1] != tuple(folders[: depth + 1]):
                screen.result(f"{'  ' * (depth + 1)}{folder}/")
        shown = tuple(folders)
        screen.result(f"{'  ' * (len(folders) + 1)}{name}")
    screen.result("next: the same command without --dry-run")


def _document(created: Created) -> dict[str, Any]:
    return {
        "project": str(created.project),
        "template_version": created.version,
        "answers": dict(created.answers),
        "files": list(created.files),
        "failed": [asdict(failed) for failed in created.failed],
        "green": created.green,
    }
