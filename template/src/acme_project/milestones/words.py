"""A board in words: for the terminal, for programs, and for a pull request."""

from collections.abc import Iterable, Sequence
from typing import Any

from .board import Board
from .states import Standing

# Nothing that a plan says becomes markup in a comment.
ESCAPED = str.maketrans({each: f"\\{each}" for each in "\\`*_[]<>|#~!$&@"})


def listed(board: Board) -> str:
    """A line for each milestone: date, chance, state, owner and consumers."""
    rows = [
        (
            one.milestone.id,
            one.milestone.due.isoformat(),
            chance(one),
            one.state,
            one.milestone.owner.replace("_", " "),
            ", ".join(one.milestone.consumers),
        )
        for one in board.standings
    ]
    header = ("milestone", "due", "chance", "state", "owner", "consumers")
    return "\n".join([board.sentence, "", *table([header, *rows]), *noted(board)])


def planned(board: Board) -> str:
    """The schedule and its forecast: how long, after what, when at even odds, and when likely."""
    rows = [
        (
            one.milestone.id,
            one.milestone.due.isoformat(),
            "-".join(f"{days:g}" for days in one.milestone.estimate),
            one.forecast.median.isoformat() if one.forecast else "done",
            one.forecast.likely.isoformat() if one.forecast else "",
            chance(one),
            ", ".join(one.milestone.depends_on),
        )
        for one in board.standings
    ]
    header = ("milestone", "due", "days", "even odds", "4 in 5", "chance", "after")
    return "\n".join([board.sentence, "", *table([header, *rows]), *noted(board)])


def checked(board: Board) -> str:
    """Kept or not, first; then what is red, whom a slip hits, and what is at risk."""
    lines = [verdict(board)]
    lines += [f"red: {fault}" for fault in board.faults]
    lines += [f"slip: {slip(one)}" for one in board.hit]
    lines += [
        f"{one.state}: {one.milestone.id}, {one.why}"
        for one in board.standings
        if one.state in {"blocked", "at risk"} or (one.state == "unknown" and not one.red)
    ]
    return "\n".join([*lines, *noted(board)])


def verdict(board: Board) -> str:
    """Whether every promise stands."""
    if board.faults:
        return f"not kept: {len(board.faults)} red. {board.sentence}"
    return f"kept: {board.sentence}"


def slip(one: Standing) -> str:
    """Whom a slip hits, and the date that they have to count on."""
    each = one.milestone
    return (
        f"{', '.join(each.consumers)} can have {each.id} on {one.expected} at the earliest, "
        f"promised for {each.due}"
    )


def noted(board: Board) -> list[str]:
    return [f"note: {note}" for note in board.notes]


def chance(one: Standing) -> str:
    return f"{one.forecast.chance:.0%}" if one.forecast else ""


def table(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Columns, each as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def document(board: Board) -> dict[str, Any]:
    """The board as JSON holds it."""
    return {
        "today": board.today.isoformat(),
        "ok": not board.faults,
        "counts": dict(board.counts),
        "faults": list(board.faults),
        "notes": list(board.notes),
        "slips": [
            {
                "id": one.milestone.id,
                "consumers": list(one.milestone.consumers),
                "due": one.milestone.due.isoformat(),
                "expected": one.expected.isoformat(),
            }
            for one in board.hit
        ],
        "milestones": [entry(one) for one in board.standings],
    }


def entry(one: Standing) -> dict[str, Any]:
    each, forecast = one.milestone, one.forecast
    return {
        "id": each.id,
        "title": each.title,
        "due": each.due.isoformat(),
        "state": one.state,
        "why": one.why,
        "red": one.red,
        "owner": each.owner,
        "consumers": list(each.consumers),
        "depends_on": list(each.depends_on),
        "expected": one.expected.isoformat(),
        "forecast": forecast
        and {
            "even_odds": forecast.median.isoformat(),
            "four_in_five": forecast.likely.isoformat(),
            "chance": forecast.chance,
        },
        "evidence": [
            {"what": proof.what, "verdict": proof.verdict, "why": proof.why} for proof in one.proofs
        ],
    }


def markdown(board: Board) -> str:
    """A comment for a pull request, known again by its first line."""
    lines = ["<!-- milestones -->", f"**Milestones: {escaped(verdict(board))}**", ""]
    lines += [f"- **red** {escaped(fault)}" for fault in board.faults]
    lines += [f"- **slip** {escaped(slip(one))}" for one in board.hit]
    lines += [
        "",
        "| milestone | due | chance | state | consumers |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {escaped(each.title)} | {each.due} | {chance(one)} | {one.state} "
        f"| {escaped(', '.join(each.consumers))} |"
        for one in board.standings
        for each in [one.milestone]
    ]
    lines += ["", *(f"Note: {escaped(note)}." for note in board.notes)]
    return "\n".join(lines).rstrip()


def escaped(text: str) -> str:
    return " ".join(text.split()).translate(ESCAPED)
