"""Move a promise, and record why and who was told; the text of the plan is kept as it is."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .board import working_days
from .plan import FILE, Milestone, Move, Plan, text_of
from .reading import BadPlan, Source
from .workdays import Calendar


@dataclass(frozen=True)
class Wish:
    """Which milestone moves to which day, why, and who was told.

    With *cascade* whatever cannot be kept because of it moves on; *old* is the day before a move
    that was made by hand, and is recorded now.
    """

    name: str
    to: date
    reason: str = ""
    told: tuple[str, ...] = ()
    cascade: bool = False
    old: date | None = None


def replanned(root: Path, wish: Wish, today: date) -> tuple[str, list[str]]:
    """The new text of the plan in *root*, and a line for each date that moves.

    Raises:
        BadPlan: the move has no reason, nobody told a consumer, or nothing would move.
    """
    text = text_of(root / FILE)
    plan = Plan.parse(text)
    days = working_days(plan, max(today, wish.to))
    new = moves(plan, wish.name, wish.to, days, cascade=wish.cascade)
    refuse(plan, new, wish)
    old = {name: plan.by_id[name].due for name in new}
    if wish.old:
        old[wish.name] = wish.old
    if old[wish.name] == wish.to:
        raise BadPlan(f"{wish.name} is due on {wish.to} already", fix="give another day")
    log = {name: Move(today, old[name], to, wish.reason, wish.told) for name, to in new.items()}
    lines = [
        f"{name}: {old[name]} -> {to}, for {', '.join(plan.by_id[name].consumers)}"
        for name, to in new.items()
    ]
    return rewritten(text, log), lines


def refuse(plan: Plan, new: Mapping[str, date], wish: Wish) -> None:
    """Stop at a move before the project, without a reason, or of which a consumer hears nothing."""
    if wish.to < plan.created:
        raise BadPlan(
            f"{wish.to} lies before the project was created, {plan.created}",
            fix="give a later day",
        )
    if not wish.reason.strip():
        raise BadPlan(
            "the move has no reason",
            why="people planned with the date, and ask why",
            fix='add --reason "..."',
        )
    if missing := untold(plan, new, wish.told):
        options = " ".join(f"--told {shlex.quote(who)}" for who in (*wish.told, *missing))
        raise BadPlan(
            f"{', '.join(missing)} has not been told",
            why="a slip is news for those who depend on the date",
            fix=f"tell them, then add {options}",
        )


def moves(plan: Plan, name: str, to: date, days: Calendar, *, cascade: bool) -> dict[str, date]:
    """The new date of *name*, and with *cascade* of all that cannot be kept because of it.

    What depends on it moves on to as many working days after it as it is likely to take.
    """
    new = {plan.among(name).id: to}
    for each in plan.ordered if cascade else ():
        above = [new[one] for one in each.depends_on if one in new]
        if above and (earliest := days.after(max(above), round(each.estimate[1]))) > each.due:
            new.setdefault(each.id, earliest)
    return new


def untold(plan: Plan, names: Iterable[str], told: Iterable[str]) -> list[str]:
    """The consumers of the milestones *names* who were not told."""
    hit = dict.fromkeys(who for name in names for who in plan.by_id[name].consumers)
    return [who for who in hit if who not in set(told)]


def rewritten(text: str, new: Mapping[str, Move]) -> str:
    """The text of the plan with the moves *new* made and recorded, and nothing else changed.

    Raises:
        BadPlan: the text is laid out in a way that cannot be edited safely.
    """
    before = Plan.parse(text)
    for name, move in new.items():
        text = with_move(text, before.among(name), move)
    after = Plan.parse(text)
    for each in before.milestones:
        move = new.get(each.id)
        log = (*each.log, move) if move else each.log
        if (after.by_id[each.id].due, after.by_id[each.id].log) != (
            move.new if move else each.due,
            log,
        ):
            raise BadPlan(f"{FILE} is laid out in a way of its own", fix="edit it by hand")
    return text


def with_move(text: str, each: Milestone, move: Move) -> str:
    """The text with one due date changed, and a record at the end of its milestone."""
    place = [one.id for one in Plan.parse(text).milestones].index(each.id)
    source, lines = Source(FILE, text), text.splitlines()
    due = source.line(("milestones", place, "due")) - 1
    lines[due] = lines[due].replace(each.due.isoformat(), move.new.isoformat(), 1)
    start = source.line(("milestones", place)) - 1
    headers = (number for number in range(start + 1, len(lines)) if opens(lines[number]))
    end = next(headers, len(lines))
    # A comment or blank line right above the next table is that table's.
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    lines[end:end] = ["", *recorded(move)]
    return "\n".join(lines) + "\n"


def opens(line: str) -> bool:
    """Whether a line begins a table other than a record."""
    return line.startswith("[") and not line.startswith("[[milestones.log]]")


def recorded(move: Move) -> list[str]:
    told = ", ".join(map(quoted, move.told))
    return [
        "[[milestones.log]]",
        f"date = {move.date}",
        f"from = {move.old}",
        f"to = {move.new}",
        f"reason = {quoted(move.reason)}",
        f"told = [{told}]",
    ]


def quoted(text: str) -> str:
    """A TOML string; JSON spells it alike but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
