"""The state of each milestone: derived from plan, evidence and day, never typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .evidence import Known, Proof, Verdict, verdict
from .forecast import Forecast
from .plan import Milestone, Plan
from .workdays import Calendar

State = Literal["done", "claimed", "overdue", "unknown", "blocked", "at risk", "on track"]
# So many working days before its date, a milestone without evidence is at risk.
SOON = 3
# The chance of making a date below which it is at risk: one that it is missed once in five.
CHANCE = 0.8


@dataclass(frozen=True)
class Standing:
    """Where a milestone stands: *why* in words, *red* where a promise is broken.

    *expected* is the day to count on: the due date, or later where a slip pushes it.
    """

    milestone: Milestone
    state: State
    why: str
    red: bool
    proofs: tuple[Proof, ...]
    expected: date
    forecast: Forecast | None

    @property
    def slips(self) -> bool:
        return self.expected > self.milestone.due


def proven(plan: Plan, known: Known) -> dict[str, tuple[Proof, ...]]:
    """What the evidence of each milestone shows."""
    return {each.id: tuple(known.proofs(each.evidence)) for each in plan.milestones}


def expected(plan: Plan, done: Mapping[str, bool], today: date, days: Calendar) -> dict[str, date]:
    """The day on which each milestone can be had, a slip carried on in working days.

    What is not done can be had today at the earliest, and what depends on it after as many days
    more as it is likely to take; the slack between two due dates takes up what it can.
    """
    found: dict[str, date] = {}
    for each in plan.ordered:
        found[each.id] = each.due
        if done[each.id]:
            continue
        earliest = [days.on_or_after(today)] if each.due < today else []
        earliest += [
            days.after(found[name], round(each.estimate[1]))
            for name in each.depends_on
            if found[name] > plan.by_id[name].due
        ]
        found[each.id] = max([each.due, *earliest])
    return found


def standings(
    plan: Plan,
    proofs: Mapping[str, tuple[Proof, ...]],
    forecasts: Mapping[str, Forecast],
    today: date,
    days: Calendar,
) -> tuple[Standing, ...]:
    """Every milestone's standing, in the order of the plan."""
    held = {name: verdict(seen) for name, seen in proofs.items()}
    done = {name: each == "holds" for name, each in held.items()}
    when = expected(plan, done, today, days)
    found: dict[str, Standing] = {}
    for each in plan.ordered:
        seen, forecast = proofs[each.id], forecasts.get(each.id)
        said = judged(each, held[each.id], seen, today) or waiting(each, found)
        state, why, red = said or risky(each, forecast, when[each.id], today, days)
        found[each.id] = Standing(each, state, why, red, seen, when[each.id], forecast)
    return tuple(found[each.id] for each in plan.milestones)


Said = tuple[State, str, bool]


def judged(each: Milestone, held: Verdict, proofs: tuple[Proof, ...], today: date) -> Said | None:
    """The state where evidence or the day decides; None where it is open yet."""
    if held == "holds":
        return "done", "; ".join(map(str, proofs)), False
    lacking = "; ".join(str(proof) for proof in proofs if proof.verdict == held)
    if each.claimed and held == "fails":
        return "claimed", f"said to be done on {each.claimed}, but {lacking}", True
    late = f"due {each.due}, " if each.due < today else ""
    said = f"said to be done on {each.claimed}, " if each.claimed else ""
    if held == "unknown":
        return "unknown", f"{said}{late}{lacking}", bool(said or late)
    return ("overdue", f"{late}but {lacking}", True) if late else None


def waiting(each: Milestone, found: Mapping[str, Standing]) -> Said | None:
    """Blocked by a dependency that is red or blocked itself; None where none is."""
    above = [found[name] for name in each.depends_on]
    stuck = [one.milestone.id for one in above if one.red or one.state == "blocked"]
    return ("blocked", f"by {', '.join(stuck)}", False) if stuck else None


def risky(
    each: Milestone, forecast: Forecast | None, when: date, today: date, days: Calendar
) -> Said:
    """At risk where the forecast lies past the date, or the date is near; else on track."""
    left = days.between(today, each.due)
    if when > each.due:
        return "at risk", f"to be had on {when} at the earliest", False
    if forecast and forecast.chance < CHANCE:
        said = f"the chance to make it is {forecast.chance:.0%}; likely by {forecast.likely}"
        return "at risk", said, False
    if left <= SOON:
        return "at risk", f"due in {left} working days, without evidence", False
    return "on track", f"{left} working days left", False
