"""What `modelwright fleet` shows."""

from __future__ import annotations

import datetime as dt
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import Stop
from . import screen

if TYPE_CHECKING:
    from ..fleet import Row, Step


def show_steps(
    steps: Sequence[Step], plan: Path | None, file: Path, shard: str = "", *, as_json: bool
) -> None:
    """Show what became of each repository, the *plan* that was written, and what failed."""
    if as_json:
        named = {"plan": str(plan)} if plan else {}
        _show_json(steps, shard, named)
        return
    counts = Counter(step.state for step in steps)
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    screen.result(f"{len(steps)} repositories: {said or 'nothing to do'}")
    head = ("Repository", "State", "From", "To", "Files", "Branch", "Pull request")
    lines = [
        (s.name, s.state, s.version, s.to, str(s.files or ""), s.branch, s.request) for s in steps
    ]
    screen.result(_aligned([head, *lines]))
    _failures(steps)
    if plan:
        words = ["modelwright", "fleet", "update", "--fleet", str(file), "--plan", str(plan)]
        screen.result(f"next: {shlex.join(words)} --yes")
    elif any(step.bad for step in steps):
        screen.result("next: modelwright fleet update --only-failed")
    else:
        screen.result("next: merge the branches, then modelwright fleet status")


def _failures(steps: Sequence[Row | Step]) -> None:
    """Show what went wrong, and where, by reason: one fault often stops many."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        if step.problem:
            reasons.setdefault((step.problem, step.fix), []).append(step.name)
    for (problem, fix), names in sorted(reasons.items(), key=lambda each: -len(each[1])):
        screen.result(f"  {problem}" + (f"; {fix}" if fix else ""))
        screen.result(f"    {', '.join(names)}")


def _show_json(found: Sequence[Row | Step], shard: str, more: Mapping[str, str]) -> None:
    """Show what was *found* to programs, and of which part of the fleet it is."""
    whole = {"shard": shard} if shard else {}
    screen.result_json({**whole, **more, "repositories": [asdict(each) for each in found]})


def show_rows(rows: Sequence[Row], as_html: Path | None, form: str, shard: str = "") -> None:
    """Show where each repository stands in the *form* text, json or csv, and on a page too."""
    from ..fleet import page

    if as_html:
        made = f"modelwright fleet status, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
        _write(as_html, screen.printable(page.page(rows, made)))
    if form == "json":
        _show_json(rows, shard, {})
    elif form == "csv":
        print(screen.printable(page.table(rows)), end="")
    else:
        screen.result(page.headline(rows))
        lines = [page.HEAD, *map(page.cells, rows)]
        screen.result(_aligned([line[:-1] for line in lines]))
        _failures(rows)
        screen.result("next: modelwright fleet update, which plans and writes nothing")


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return *lines* as a table, without the columns that are empty."""
    used = [column for column in zip(*lines, strict=True) if any(column[1:])]
    columns = [[each.ljust(max(map(len, column))) for each in column] for column in used]
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Stop(
            f"cannot write `{file}`: {error.strerror}", fix="name a file in a folder of yours"
        ) from None
