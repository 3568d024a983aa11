"""`modelwright explain`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import screen

if TYPE_CHECKING:
    from ..explain import Entry

WIDTH = 88
LABELS = {
    "why": "why",
    "how": "how",
    "where": "where",
    "command": "runs",
    "file": "check",
    "fix": "fix",
    "measured": "sure",
}


def explain(
    name: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="A practice (P6), a test (M4) or a rule (MW-P6-2)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what a practice or test asks for: why, when it is red, where it is set, its sources."""
    from .. import explain as use_case

    here = Path.cwd()
    found = use_case.entries(here) if name is None else use_case.explain(name, here)
    if as_json:
        document = [asdict(each) for each in found] if isinstance(found, tuple) else asdict(found)
        screen.result_json(document)
    elif isinstance(found, tuple):
        _show_all(found)
    else:
        _show(found)


def _show_all(entries: Sequence[Entry]) -> None:
    practices = sum(entry.id.startswith("P") for entry in entries)
    tests = len(entries) - practices
    screen.result(f"{practices} practices, and {tests} tests of the ML Test Score")
    for entry in entries:
        screen.result(f"  {entry.id:4} {entry.title}")
    screen.result("next: modelwright explain P1")


def _show(entry: Entry) -> None:
    screen.result(f"{entry.id}: {entry.title}")
    said = asdict(entry)
    for key, label in LABELS.items():
        if text := said.get(key):
            screen.result(_paragraph(label, text))
    for source in entry.sources:
        screen.result(_paragraph("source", source))


def _paragraph(label: str, text: str) -> str:
    first = f"  {label + ':':8} "
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )
