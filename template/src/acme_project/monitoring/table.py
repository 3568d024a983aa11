"""The table of docs/monitoring.md: for each fault, after how many rows it is seen."""

import statistics
from pathlib import Path

import click

from .. import files
from ..errors import Stop
from .detection import Plan, Seen, Trials
from .replay import ELSEWHERE, KINDS

PLAN = Plan(before=1000, after=3000, every=100)
BEGIN, END = "<!-- detection: begin -->", "<!-- detection: end -->"


def write(trials: Trials, seeds: int, page: Path) -> None:
    """Try every fault with each of so many seeds, and put the table where it stands in *page*."""
    text = page.read_text("utf-8") if page.exists() else ""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise Stop(f"{page} has no place for the table", fix=f"add the lines {BEGIN} and {END}")
    kinds = [each for each in KINDS if each != ELSEWHERE or trials.split.held_back]
    lines = []
    for fault in (None, *kinds):
        found = [trials.seen(fault, PLAN, seed) for seed in range(seeds)]
        lines.append(row(found))
        click.echo(lines[-1])
    content = "\n".join([head + begin, heading(trials, seeds), *lines, end + tail])
    files.write(page, content.encode())


def heading(trials: Trials, seeds: int) -> str:
    """What was tried on what, and the table's head."""
    manifest, window = trials.model.manifest, trials.contract.monitoring.window
    return f"""\
{manifest.rung} on {manifest.data.name}: {seeds} replays of each kind, {PLAN.before:,} rows
and then {PLAN.after:,} with the fault; a look at the latest {window:,} after every {PLAN.every}.

| fault | seen in | median rows | most rows | alerts by then | false alarms before |
|---|---:|---:|---:|---|---:|"""


def row(found: list[Seen]) -> str:
    """One kind of replay."""
    rows = [each.rows for each in found if each.rows is not None]
    raised = sorted({name for each in found for name in (*each.raised, *each.early)})
    early = sum(bool(each.early) for each in found)
    cells = [
        found[0].fault or "none",
        f"{len(rows)} of {len(found)}" if found[0].fault else "",
        f"{statistics.median(rows):,.0f}" if rows else "",
        f"{max(rows):,}" if rows else "",
        ", ".join(raised),
        f"{early} of {len(found)}",
    ]
    return f"| {' | '.join(cells)} |"
