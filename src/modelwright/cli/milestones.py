"""`modelwright milestones`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import Stop
from . import screen

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Place = Annotated[Path, typer.Argument(metavar="[PROJECT]", help="A project's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Day = Annotated[
    dt.datetime | None,
    typer.Option("--today", formats=["%Y-%m-%d"], metavar="DATE", help="Look at it as of a day."),
]
HERE = Path()


@app.callback()
def _milestones() -> None:
    """Say what is due when, to whom, and what proves it, for any project with a milestones.toml."""


@app.command("list")
def list_(project: Place = HERE, as_json: AsJson = False, today: Day = None) -> None:
    """Show every milestone with its date, chance, state, owner and consumers."""
    _show(project, today, "listed", as_json=as_json)


@app.command("plan")
def plan(project: Place = HERE, as_json: AsJson = False, today: Day = None) -> None:
    """Show the schedule: estimates, and by when each is done at even odds and likely."""
    _show(project, today, "planned", as_json=as_json)


@app.command("check")
def check(
    project: Place = HERE,
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a comment for a pull request.")
    ] = False,
    today: Day = None,
) -> None:
    """Exit 1 when a promise is broken: overdue, claimed without evidence, moved in silence."""
    board = _show(project, today, "markdown" if markdown else "checked", as_json=as_json)
    if board.faults:
        raise typer.Exit(1)


@app.command("gantt")
def gantt(project: Place = HERE) -> None:
    """Print the plan as a Mermaid chart, which GitHub renders."""
    from .. import milestones as use_case

    with use_case.plainly():
        root = use_case.around(project)
        made = use_case.module("plan").Plan.load(root)
        screen.result(use_case.module("gantt").page(made, use_case.command(root)).rstrip())


@app.command("ics")
def ics(
    project: Place = HERE,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Print the plan as iCalendar, for Google Calendar and Outlook."""
    from .. import milestones as use_case

    with use_case.plainly():
        root = use_case.around(project)
        made = use_case.module("plan").Plan.load(root)
        written: bytes = use_case.module("ics").written(made, use_case.command(root))
    if out:
        _write(out, written)
    else:
        print(written.decode(), end="")


@app.command("replan")
def replan(
    name: Annotated[str, typer.Argument(metavar="ID")],
    to: Annotated[dt.datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="DATE")],
    project: Place = HERE,
    reason: Annotated[str, typer.Option(help="Why the date moves.")] = "",
    told: Annotated[
        list[str] | None, typer.Option(metavar="CONSUMER", help="Who was told; repeat it.")
    ] = None,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Move on what cannot be kept because of it.")
    ] = False,
    moved_from: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Record a move made by hand."),
    ] = None,
    today: Day = None,
) -> None:
    """Move the milestone ID to another day, and record why and who was told."""
    from .. import milestones as use_case

    with use_case.plainly():
        root, desk = use_case.around(project), use_case.module("replan")
        old = moved_from.date() if moved_from else None
        wish = desk.Wish(name, to.date(), reason, tuple(told or ()), cascade, old)
        text, lines = desk.replanned(root, wish, _day(today))
        _write(root / use_case.FILE, text.encode())
        page = root / use_case.module("gantt").PAGE
        if page.is_file():
            made = use_case.module("plan").Plan.load(root)
            _write(page, use_case.module("gantt").page(made, use_case.command(root)).encode())
    screen.result("\n".join([*lines, "next: modelwright milestones check"]))


@app.command("export")
def export(
    project: Place = HERE,
    github: Annotated[bool, typer.Option("--github", help="To GitHub, through gh.")] = False,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="To GitLab, through glab.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this, only say what would be done.")
    ] = False,
    today: Day = None,
) -> None:
    """Show each milestone as a milestone and an issue of theirs; --yes makes it so."""
    from .. import milestones as use_case

    if github == gitlab:
        raise Stop("it is not said where to", fix="add --github or --gitlab")
    with use_case.plainly():
        root, desk = use_case.around(project), use_case.module("export")
        forge = desk.GITHUB if github else desk.GITLAB
        board = use_case.module("board").look(root, _day(today))
        if not yes:
            screen.result_json(desk.planned(board, forge))
            return
        lines = list(desk.done(board, forge, root))
    screen.result("\n".join([*lines, f"{len(lines)} made or changed"]))


def _show(project: Path, today: dt.datetime | None, words: str, *, as_json: bool) -> Any:
    """Print the board of *project* and return it."""
    from .. import milestones as use_case

    with use_case.plainly():
        board = use_case.module("board").look(use_case.around(project), _day(today))
    said = use_case.module("words")
    if as_json:
        screen.result_json(said.document(board))
    else:
        spoken: Callable[[Any], str] = getattr(said, words)
        screen.result(spoken(board))
    return board


def _day(today: dt.datetime | None) -> dt.date:
    return (today or dt.datetime.now(dt.UTC)).date()


def _write(path: Path, content: bytes) -> None:
    """Replace *path* in one step."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise Stop(
            f"cannot write `{path}`: {error}", fix="name a file in a folder of yours"
        ) from None
