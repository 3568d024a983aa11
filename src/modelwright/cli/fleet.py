"""`modelwright fleet`."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from ..core.errors import Stop
from .fleet_words import show_rows, show_steps
from .options import OWN_CHECKS, AsJson, NoColor, Offline, PolicyFile, Quiet, Resolutions, To
from .screen import Screen

if TYPE_CHECKING:
    from ..fleet import Row, Run, Step

T = TypeVar("T", "Row", "Step")

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
    policy: PolicyFile = None,
    seconds: Seconds = 300,
    as_html: AsHtml = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    offline: Offline = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Show a row for each: version, edits, audit, milestones, readiness, last update."""
    from .. import fleet, standards

    talk = Screen(quiet=quiet or as_json or as_csv, no_color=no_color)
    roster = fleet.read(file, offline=offline).part(tuple(label or ()), _part(shard), limit)
    held = standards.standard(policy, roster.policy)
    run = fleet.Run(roster, jobs, seconds, offline, held)
    rows = _in_order(run, _counted(fleet.status(run, _today()), run, talk))
    show_rows(rows, as_html, "json" if as_json else "csv" if as_csv else "text", shard)
    raise typer.Exit(1 if any(row.problem for row in rows) else 0)


@app.command("update")
def update(
    file: File = FLEET,
    to: To = None,
    branch: Annotated[
        str, typer.Option(metavar="NAME", help="The branch that is written in each repository.")
    ] = "modelwright/update",
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The plan: written, or with --yes obeyed.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this, only plan, and write nothing else.")
    ] = False,
    allow_conflicts: Annotated[
        bool, typer.Option("--allow-conflicts", help="Write branches with conflicts too.")
    ] = False,
    verify: Annotated[
        str | None,
        typer.Option(metavar="[CMD]", help="Run each project's checks, or CMD, on the result."),
    ] = None,
    open_prs: Annotated[
        bool,
        typer.Option("--open-prs", help="Open a pull request in each, or renew it."),
    ] = False,
    resolutions: Resolutions = None,
    canary: Annotated[
        int, typer.Option(min=0, metavar="N", help="Go on after N only if all of these went well.")
    ] = 0,
    only_failed: Annotated[
        bool, typer.Option("--only-failed", help="Only what the last run did not bring through.")
    ] = False,
    jobs: Jobs = JOBS,
    label: Labels = None,
    shard: Shard = "1/1",
    limit: Limit = 0,
    policy: PolicyFile = None,
    seconds: Seconds = 300,
    as_json: AsJson = False,
    offline: Offline = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Plan an update of every repository; with --yes write a branch in each, and check out none."""
    from .. import fleet, standards

    talk = Screen(quiet=quiet or as_json, no_color=no_color)
    if not yes and (verify is not None or canary or open_prs):
        raise Stop(
            "--verify, --canary and --open-prs need --yes",
            why="a plan runs and writes nothing",
            fix="add --yes, or leave them out",
        )
    roster = fleet.read(file, offline=offline)
    if only_failed:
        roster = roster.among(fleet.failed(file))
    roster = roster.part(tuple(label or ()), _part(shard), limit)
    held = standards.standard(policy, roster.policy)
    run = fleet.Run(roster, jobs, seconds, offline, held)
    command = "" if verify == OWN_CHECKS else verify
    wish = fleet.Wish(to, branch, allow_conflicts, command, open_prs, resolutions)
    if yes:
        waves = fleet.Waves(canary, fleet.planned(plan) if plan else None)
        found = fleet.update(run, wish, waves)
    else:
        found = fleet.foreseen(run, wish)
    steps = _in_order(run, _counted(found, run, talk))
    written = None if yes else plan or file.parent / "fleet-plan.json"
    if written:
        fleet.save(written, steps)
    show_steps(steps, written, file, shard, as_json=as_json)
    raise typer.Exit(1 if any(step.bad for step in steps) else 0)


@app.command("report")
def report(
    results: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="What --json printed, one per shard.")
    ],
    as_html: AsHtml = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Put the results of several shards together, and answer as one run would have."""
    from .. import fleet

    found = fleet.gathered(results)
    for each in found.missing:
        Screen().warn(f"the result of shard {each} is missing")
    if found.steps:
        if as_html or as_csv:
            raise Stop("--html and --csv are for results of `fleet status`", fix="leave them out")
        show_steps(found.steps, None, FLEET, as_json=as_json)
    else:
        show_rows(found.rows, as_html, "json" if as_json else "csv" if as_csv else "text")
    raise typer.Exit(1 if found.bad else 0)


@app.command("workflow")
def workflow(
    file: File = FLEET,
    ci: Annotated[
        Literal["github", "gitlab"], typer.Option(help="Whose CI: github or gitlab.")
    ] = "github",
    shards: Annotated[
        int, typer.Option(min=1, max=200, metavar="N", help="Over how many machines.")
    ] = 4,
) -> None:
    """Print a workflow of a CI: status in shards, put together, and by hand an update."""
    from .. import fleet

    print(fleet.workflow(ci, file, shards), end="")


def _counted(found: Iterable[T], run: Run, talk: Screen) -> Iterable[T]:
    """Yield what was *found*, and say how many there are so far."""
    total = len(run.roster.members)
    for number, each in enumerate(found, 1):
        talk.count(number, total)
        yield each


def _in_order(run: Run, rows: Iterable[T]) -> list[T]:
    order = {member.shown: number for number, member in enumerate(run.roster.members)}
    return sorted(rows, key=lambda row: order[row.address])


def _part(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise Stop(f"`{text}` is no part of anything", fix="as in --shard 2/5")
    return int(found[1]), int(found[2])


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
