"""Plan, evidence and day put together: where every milestone stands, and what that comes to."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from . import contracts, history
from .evidence import Known
from .forecast import forecasts
from .plan import FILE, Plan
from .states import Standing, proven, standings
from .workdays import Calendar, calendar

# Nobody knows holidays further from today than this.
KNOWN_YEARS = 100


@dataclass(frozen=True)
class Board:
    """All that can be said of a plan on a day; *faults* are what is red, *notes* what is not."""

    plan: Plan
    today: date
    standings: tuple[Standing, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(each.state for each in self.standings)

    @property
    def hit(self) -> list[Standing]:
        """Whose date a slip pushes back, the first one first."""
        late = [each for each in self.standings if each.slips]
        return sorted(late, key=lambda each: each.expected)

    @property
    def sentence(self) -> str:
        """The answer in one line."""
        total, counts = len(self.standings), self.counts
        said = [f"{counts[state]} {state}" for state in sorted(counts, key=list(counts).index)]
        return f"{total} milestones: {', '.join(said)}"


def look(root: Path, today: date, known: Known | None = None) -> Board:
    """Look at the plan of the project in *root* as of *today*; nothing of it is run.

    Raises:
        BadPlan: there is no plan, or it cannot be used.
    """
    plan = Plan.load(root)
    days = working_days(plan, today)
    proofs = proven(plan, known or Known.of(root))
    done = {name for name, seen in proofs.items() if all(one.verdict == "holds" for one in seen)}
    found = standings(plan, proofs, forecasts(plan, done, today, days), today, days)
    unrecorded, no_history = history.unrecorded(plan, root)
    faults = [
        *(f"{each.milestone.id} is {each.state}: {each.why}" for each in found if each.red),
        *disordered(plan),
        *dict.fromkeys([*unlogged(plan), *unrecorded]),
        *unknown_owners(plan, root),
        *contracts.every_broken(root),
        *(early(plan, today)),
    ]
    notes = [*free_days(plan, days), days.note, no_history]
    return Board(plan, today, found, tuple(faults), tuple(filter(None, notes)))


def working_days(plan: Plan, today: date) -> Calendar:
    """The calendar of the plan's country, wide enough for its dates and forecasts."""
    last = max(today, *(each.due for each in plan.milestones)).year
    first = max(plan.created.year, today.year - KNOWN_YEARS)
    # Forecasts may lie past the last date.
    return calendar(plan.country, first, min(last + 1, today.year + KNOWN_YEARS))


def disordered(plan: Plan) -> list[str]:
    """Dates that cannot be kept, since what they rest on is due later."""
    return [
        f"{each.id} is due {each.due}, before {name}, which it depends on and is due "
        f"{plan.by_id[name].due}: re-plan it, and tell {', '.join(each.consumers)}"
        for each in plan.milestones
        for name in each.depends_on
        if each.due < plan.by_id[name].due
    ]


def unlogged(plan: Plan) -> list[str]:
    """Moves that a log which was begun does not hold."""
    return [
        history.silent(each.id, entry.new, after)
        for each in plan.milestones
        for entry, after in zip(
            each.log, [*(one.old for one in each.log[1:]), each.due], strict=False
        )
        if entry.new != after
    ]


def early(plan: Plan, today: date) -> list[str]:
    """What is said to be done on a day that has not come."""
    return [
        f"{each.id} is said to be done on {each.claimed}, which has not come"
        for each in plan.milestones
        if each.claimed and each.claimed > today
    ]


def unknown_owners(plan: Plan, root: Path) -> list[str]:
    """Owners that are no role of the contract's; whether somebody fills it, P4 asks."""
    try:
        roles: Any = tomllib.loads((root / "contract.toml").read_text("utf-8"))["roles"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        f"{each.id} has the owner `{each.owner}`, which is no role of [roles] in contract.toml"
        for each in plan.milestones
        if isinstance(roles, dict) and each.owner not in roles
    ]


def free_days(plan: Plan, days: Calendar) -> list[str]:
    """Due dates on which nobody works, with the working day that counts."""
    return [
        f"{each.id} is due on {each.due}, {why}: it has to be done by {days.after(each.due, 0)}"
        for each in plan.milestones
        if (why := days.free_because(each.due))
    ]


__all__ = ["FILE", "Board", "look", "working_days"]
