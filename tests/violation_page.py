"""`docs/violations.md`: what each violation does, and what a run of the tests saw."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conftest import ROOT
from violation import Noticed, Violation, all_of_them

PAGE = ROOT / "docs/violations.md"
HEAD = """\
# Violations: a gate that cannot fail is a defect

Each line is a change to the code, the configuration or the data of a fresh repository,
as a patch that `git apply` takes ([tests/violations/](../tests/violations/)); never to a
report or to what judges it. The tests lay out a repository, run its pipeline, apply each
violation to a copy, run the pipeline (or the study that it concerns) again, and read the
copy's own `readiness.json`: the practices that are red and the tests of the ML Test Score
that fail must be exactly those of the line, and the root cause its first. Before any
violation nothing is red. In that repository the ladder ends with the linear rung, in one
round of three folds with a seed by which it wins clearly: training again takes seconds,
and what turns red is the violation's doing. All else is as it is laid out.

This page is written by `just violations`; times are of that run, two at a time.

| violation | what somebody does | red, cause first | ML tests | what the page says | s |
| --- | --- | --- | --- | --- | --- |
"""


def write(found: Mapping[str, Noticed]) -> None:
    """Write the page from what a run noticed, by title."""
    rows = [line(each, found[each.title]) for each in all_of_them()]
    PAGE.write_text(HEAD + "".join(rows), "utf-8")


def line(of: Violation, found: Noticed) -> str:
    """A violation's line: what its file declares, and what this run saw."""
    return f"{declaration(of)} {cell(found.finding)} | {found.seconds:.0f} |\n"


def declaration(of: Violation) -> str:
    """The part of a line that the file of the violation says."""
    name = f"[{of.title}](../tests/violations/{of.file.name})"
    columns = (name, of.sentence, ", ".join(of.breaks), ", ".join(of.fails))
    return f"| {' | '.join(map(cell, columns))} |"


def declared() -> list[str]:
    """What the page says now, without what differs from run to run."""
    rows = PAGE.read_text("utf-8").removeprefix(HEAD).splitlines() if PAGE.exists() else []
    return [re.sub(r"(?: (?:[^|\\]|\\.)*\|){2}$", "", row) for row in rows]


def cell(text: str) -> str:
    return text.replace("|", r"\|")
