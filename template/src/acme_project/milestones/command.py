"""The deadlines: what is due when, to whom, and what proves it."""

import json
import shlex
import subprocess  # nosec B404
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from .. import files
from ..errors import Stop
from ..paths import Paths
from . import evidence, export, gantt, history, words
from .board import Board, look
from .plan import FILE, Plan
from .reading import BadPlan
from .replan import Wish, replanned

COMMAND = "acme-project"


class Plainly(click.Group):
    """Says of a plan that cannot be used what a person can put right."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadPlan as bad:
            raise Stop(bad.what, why=bad.why, fix=bad.fix) from None


def day(_: click.Context, __: click.Parameter, value: datetime | None) -> date:
    return (value or datetime.now(UTC)).date()


Function = Callable[..., Any]
as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
on_day = click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=day,
    metavar="YYYY-MM-DD",
    help="Look at it as of this day.",
)


@click.group("milestones", cls=Plainly)
def command() -> None:
    """What is due when, to whom, and what proves it: milestones.toml."""


@command.command("list")
@as_json
@on_day
def list_(as_json: bool, today: date) -> None:  # noqa: FBT001
    """Show every milestone with its date, chance, state, owner and consumers."""
    show(look(Paths.here().root, today), words.listed, as_json=as_json)


@command.command("plan")
@as_json
@on_day
def plan_(as_json: bool, today: date) -> None:  # noqa: FBT001
    """Show the schedule: estimates, and by when each is done at even odds and likely."""
    show(look(Paths.here().root, today), words.planned, as_json=as_json)


@command.command()
@as_json
@click.option("--markdown", is_flag=True, help="Print a comment for a pull request.")
@on_day
def check(as_json: bool, markdown: bool, today: date) -> None:  # noqa: FBT001
    """Exit 1 when a promise is broken: overdue, claimed without evidence, moved in silence."""
    board = look(Paths.here().root, today)
    show(board, words.markdown if markdown else words.checked, as_json=as_json)
    if board.faults:
        raise click.exceptions.Exit(1)


def show(board: Board, spoken: Callable[[Board], str], *, as_json: bool) -> None:
    document = words.document(board)
    said = json.dumps(document, indent=2, ensure_ascii=False) if as_json else spoken(board)
    click.echo(said)


@command.command()
@click.argument("name", metavar="ID")
@click.argument("to", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
@click.option("--reason", default="", help="Why the date moves.")
@click.option("--told", multiple=True, metavar="CONSUMER", help="Who has been told; repeat it.")
@click.option("--cascade", is_flag=True, help="Move on what cannot be kept because of it.")
@click.option(
    "--moved-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Record a move that was made by hand, from this day.",
)
@on_day
def replan(  # noqa: PLR0913, PLR0917
    name: str,
    to: datetime,
    reason: str,
    told: tuple[str, ...],
    cascade: bool,  # noqa: FBT001
    moved_from: datetime | None,
    today: date,
) -> None:
    """Move the milestone ID to another day, and record why and who was told."""
    root = Paths.here().root
    old = moved_from.date() if moved_from else None
    text, lines = replanned(root, Wish(name, to.date(), reason, told, cascade, old), today)
    files.write(root / FILE, text.encode())
    if (root / gantt.PAGE).is_file():
        files.write(root / gantt.PAGE, gantt.page(Plan.load(root), COMMAND).encode())
    click.echo("\n".join([*lines, f"next: {COMMAND} milestones check"]))


@command.command("gantt")
@click.option("--write", is_flag=True, help=f"Write it to {gantt.PAGE}.")
@click.option("--check", "only_check", is_flag=True, help="Exit 1 when that page is not current.")
def gantt_(write: bool, only_check: bool) -> None:  # noqa: FBT001
    """Print the plan as a Mermaid chart, which GitHub renders."""
    root = Paths.here().root
    made = gantt.page(Plan.load(root), COMMAND)
    page = root / gantt.PAGE
    current = page.is_file() and page.read_text("utf-8") == made
    if write:
        files.write(page, made.encode())
        click.echo(f"{gantt.PAGE} {'was current' if current else 'is written'}", err=True)
    elif not only_check:
        click.echo(made, nl=False)
    if only_check and not current:
        click.echo(f"{gantt.PAGE} is not current: {COMMAND} milestones gantt --write", err=True)
        raise click.exceptions.Exit(1)


@command.command("ics")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file.")
def ics_(out: Path | None) -> None:
    """Print the plan as iCalendar, for Google Calendar and Outlook."""
    from . import ics  # noqa: PLC0415

    made = ics.written(Plan.load(Paths.here().root), COMMAND)
    if out:
        files.write(out, made)
        click.echo(f"{out}: import it again after a re-plan, and the entries move", err=True)
    else:
        click.echo(made, nl=False)


@command.command("export")
@click.option("--github", "forge", flag_value="github", help="To GitHub, through gh.")
@click.option("--gitlab", "forge", flag_value="gitlab", help="To GitLab, through glab.")
@click.option("--yes", is_flag=True, help="Do it; without this, only say what would be done.")
@on_day
def export_(forge: str | None, yes: bool, today: date) -> None:  # noqa: FBT001
    """Show each milestone as a milestone and an issue of theirs; --yes makes it so.

    Doing it again changes only what has changed.
    """
    if forge is None:
        raise click.UsageError("say --github or --gitlab")
    root, there = Paths.here().root, export.FORGES[forge]
    board = look(root, today)
    if not yes:
        click.echo(json.dumps(export.planned(board, there), indent=2, ensure_ascii=False))
        return
    count = 0
    for count, line in enumerate(export.done(board, there, root), 1):  # noqa: B007
        click.echo(line, err=True)
    click.echo(f"{count} made or changed")


@command.command()
@click.argument("names", nargs=-1, metavar="[ID]...")
@on_day
def prove(names: tuple[str, ...], today: date) -> None:
    """Run the commands that milestones name as evidence, and record how they ended.

    Those that have a good record of today's inputs are left alone. Exit 1 when one fails.
    """
    root = Paths.here().root
    plan = Plan.load(root)
    chosen = [plan.among(name) for name in names] or plan.milestones
    known = evidence.Known.of(root)
    lines = dict.fromkeys(line for each in chosen for line in evidence.unproven(each, known))
    failed = [line for line in lines if ran(line, root, today)]
    click.echo(f"{len(lines)} run, {len(failed)} failed: {', '.join(failed) or 'none'}")
    if failed:
        raise click.exceptions.Exit(1)


def ran(line: str, root: Path, today: date) -> int:
    """Run one command in the project, record it, and return its exit code."""
    click.echo(f"{line} ...", err=True)
    code = subprocess.run(shlex.split(line), cwd=root, check=False).returncode  # nosec B603
    made = evidence.record(root, commit=history.commit(root), code=code, today=today)
    files.write_json(root / evidence.RECORD, evidence.records(root) | {line: made})
    return code
