"""`modelwright fleet`."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..core.errors import Stop
from . import screen
from .options import AsJson, NoColor, Offline, Quiet
from .screen import Screen

if TYPE_CHECKING:
    from ..fleet import Row, Run

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Option("--fleet", metavar="FILE", help="The list of repositories.")]
Jobs = Annotated[int, typer.Option(min=1, metavar="N", help="How many at a time.")]
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="LABEL", help="Only these; repeat it.")
]
Shard = Annotated[str, typer.Option(metavar="I/N", help="The I-th of N parts, for CI's matrix.")]
Limit = Annotated[int, typer.Option(min=0, metavar="N", help="At most so many; 0 is all.")]
Seconds = Annotated[float, typer.Option(min=1, help="How long one repository may take.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the result as CSV.")]
AsHtml = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page to search and sort.")
]
FLEET = Path("fleet.toml")
JOBS = min(8, os.cpu_count() or 1)


@app.callback()
def _fleet() -> None:
    """Say where many repositories stand, and update them; one that is broken is a row."""


@app.command("status")
def status(
    file: File = FLEET,
    jobs: Jobs = JOBS,
    label: Labels = None,
    shard: Shard = "1/1",
    limit: Limit = 0,
    seconds: Seconds = 300,
    as_html: AsHtml = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    offline: Offline = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Show a row for each repository: version, edits, milestones, readiness, last update."""
    from .. import fleet

    talk = Screen(quiet=quiet or as_json or as_csv, no_color=no_color)
    roster = fleet.read(file).part(tuple(label or ()), _part(shard), limit)
    run = fleet.Run(roster, jobs, seconds, offline)
    rows = _in_order(run, _counted(fleet.status(run, _today()), run, talk))
    _show(rows, as_html, "json" if as_json else "csv" if as_csv else "text")
    raise typer.Exit(1 if any(row.problem for row in rows) else 0)


def _show(rows: Sequence[Row], as_html: Path | None, form: str) -> None:
    from ..fleet import page

    if as_html:
        made = f"modelwright fleet status, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
        _write(as_html, screen.printable(page.page(rows, made)))
    if form == "json":
        screen.result_json({"repositories": [asdict(row) for row in rows]})
    elif form == "csv":
        print(screen.printable(page.table(rows)), end="")
    else:
        screen.result(page.headline(rows))
        screen.result(aligned([page.HEAD, *map(page.cells, rows)]))
        for row in rows:
            if row.fix:
                screen.result(f"  {row.name}: {row.fix}")
        screen.result("next: modelwright fleet update, which plans and writes nothing")


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return *lines* as a table, without the columns that are empty."""
    used = [column for column in zip(*lines, strict=True) if any(column[1:])]
    columns = [[each.ljust(max(map(len, column))) for each in column] for column in used]
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _counted(found: Iterable[T], run: Run, talk: Screen) -> Iterable[T]:
    """Yield what was *found*, and say how many there are so far."""
    total = len(run.roster.members)
    for number, each in enumerate(found, 1):
        talk.count(number, total)
        yield each


def _in_order(run: Run, rows: Iterable[Row]) -> list[Row]:
    order = {member.shown: number for number, member in enumerate(run.roster.members)}
    return sorted(rows, key=lambda row: order[row.address])


def _part(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise Stop(f"`{text}` is no part of anything", fix="as in --shard 2/5")
    return int(found[1]), int(found[2])


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Stop(
            f"cannot write `{file}`: {error.strerror}", fix="name a file in a folder of yours"
        ) from None
