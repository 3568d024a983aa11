"""When will it be done? A Monte Carlo forecast over three-point estimates.

Each working day is drawn from the triangular distribution of the estimate (Law, "Simulation
Modeling and Analysis", 5th ed., ch. 6.11: for want of data), and a milestone begins when all that
it depends on is done (Van Slyke, "Monte Carlo Methods and the PERT Problem", Operations Research
11 (1963): paths that run side by side finish later than the longest of them is expected to).
"""

import random
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import ceil, sqrt
from operator import add

from .plan import Plan
from .workdays import Calendar

DRAWS = 1000
SEED = 7
# So many equally likely durations stand for a distribution.
STEPS = 200
LIKELY = 0.8


@dataclass(frozen=True)
class Forecast:
    """By when it is done at even odds and with chance LIKELY, and the *chance* to make its date."""

    median: date
    likely: date
    chance: float


def forecasts(
    plan: Plan, done: Collection[str], today: date, days: Calendar, *, seed: int = SEED
) -> dict[str, Forecast]:
    """The forecast of each milestone that is not *done*, work beginning *today* at the earliest.

    The same plan, day and seed give the same figures.
    """
    rng = random.Random(seed)  # noqa: S311  # nosec B311
    start = days.number(today)
    nothing = [0.0] * DRAWS
    ends: dict[str, list[float]] = {}
    found = {}
    for each in plan.ordered:
        if each.id in done:
            continue
        waits = [ends[name] for name in each.depends_on if name in ends]
        begins = waits[0] if len(waits) == 1 else list(map(max, *waits)) if waits else nothing
        ends[each.id] = list(map(add, begins, rng.choices(durations(*each.estimate), k=DRAWS)))
        ranked = sorted(ends[each.id])
        median, likely = (ranked[ceil(share * DRAWS) - 1] for share in (0.5, LIKELY))
        found[each.id] = Forecast(
            days.after(today, ceil(median)),
            days.after(today, ceil(likely)),
            bisect_right(ranked, days.number(each.due) - start) / DRAWS,
        )
    return found


@lru_cache(maxsize=10_000)
def durations(low: float, likely: float, high: float) -> tuple[float, ...]:
    """STEPS equally likely working days of the triangular distribution, in order."""
    if high == low:
        return (low,)
    bend = (likely - low) / (high - low)
    return tuple(
        low + sqrt(share * (high - low) * (likely - low))
        if share < bend
        else high - sqrt((1 - share) * (high - low) * (high - likely))
        for share in ((step + 0.5) / STEPS for step in range(STEPS))
    )
