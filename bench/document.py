"""What was measured, as a page that people read.

Why a step failed stays on the terminal: tools name paths and registries in their reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generators import Race
from journey import Journey
from load import CONNECTIONS, CROWD, OVERLOAD, Load
from measure import Cost, Series, Spread, floor, ratios
from service import REQUESTS, Service, Silent

MEGABYTE = 1_000_000
HEAD_OF_RACE = ("Command", "Wall, s", "CPU, s", "Memory, MB", "Files", "Ours takes")
HEAD_OF_SERVICE = ("Service on loopback", "")
FAILED = ("**failed**", "-", "-")
HEAD_OF_LOAD = ("Under load", "The service", "The same stack, a constant")
HEAD_OF_STEP = ("Step", "Wall, s", "CPU, s", "Memory, MB", "Adds on disk, MB")


@dataclass(frozen=True)
class Target:
    """A promise with its limit, and what was found; None where nothing could be measured."""

    promise: str
    limit: float
    unit: str
    found: float | None

    @property
    def verdict(self) -> str:
        """Say whether the promise is kept."""
        if self.found is None:
            return "not measured"
        return "met" if self.found <= self.limit else "**missed**"


def targets_table(targets: Iterable[Target]) -> str:
    """Every promise beside its figure."""
    rows = [
        (
            target.promise,
            f"<= {target.limit:g}{target.unit}",
            "-" if target.found is None else f"{target.found:.2f}{target.unit}",
            target.verdict,
        )
        for target in targets
    ]
    return _table(("Promise", "Target", "Measured", ""), rows)


def race_table(race: Race) -> str:
    """The commands of one race, and the share of each one's time that ours takes."""
    ours = next(iter(race.series.values()))
    return _table(HEAD_OF_RACE, (_racer(name, one, ours) for name, one in race.series.items()))


def _racer(name: str, series: Series, ours: Series) -> tuple[str, ...]:
    if series.failure:
        return (name, *FAILED, "-", "-")
    comparable = series is not ours and not ours.failure
    return (
        name,
        _spread(Spread.of(cost.wall for cost in series.costs), ".2f"),
        _spread(Spread.of(cost.cpu for cost in series.costs), ".2f"),
        _memory(max(cost.memory for cost in series.costs)),
        str(series.files) if series.files else "-",
        _spread(ratios(ours, series), ".2f", "x") if comparable else "-",
    )


def steps_table(journey: Journey) -> str:
    """The steps in order."""
    return _table(
        HEAD_OF_STEP,
        ((step.name, *_cost(step.cost), f"{step.added / MEGABYTE:.1f}") for step in journey.steps),
    )


def environments_table(journey: Journey) -> str:
    """What can be installed."""
    rows = (
        (each.name, "-" if each.cost.failure else _megabytes(each.size), *_cost(each.cost))
        for each in journey.environments
    )
    return _table(("Environment", "Size, MB", *HEAD_OF_STEP[1:4]), rows)


def service_table(service: Service | Silent) -> str:
    """What callers of the service see."""
    if isinstance(service, Silent):
        return _table(HEAD_OF_SERVICE, [("start until `/ready`", FAILED[0])])
    rows = [
        ("start until `/ready`", f"{service.ready:.2f} s"),
        ("first `POST /predict`", f"{service.first * 1000:.1f} ms"),
        (f"{REQUESTS:,} more, one after another: p50", f"{service.p50 * 1000:.2f} ms"),
        ("p99", f"{service.p99 * 1000:.2f} ms"),
        ("peak memory", f"{_memory(service.cost.memory)} MB"),
    ]
    return _table(HEAD_OF_SERVICE, rows)


def load_table(found: Load | Silent) -> str:
    """What the service does under load, beside a constant answer and beyond what it can do."""
    if isinstance(found, Silent):
        return _table(HEAD_OF_LOAD, [(FAILED[0], "-", "-")])
    rows: list[tuple[str, str, str]] = [
        (
            f"predictions a second, {CONNECTIONS} callers",
            _spread(Spread.of(each.rate for each in found.service), ".0f"),
            _spread(Spread.of(each.rate for each in found.constant), ".0f"),
        ),
        *(
            (
                f"p{percent}, ms",
                _spread(
                    Spread.of(1000 * each.percentile(percent) for each in found.service), ".1f"
                ),
                _spread(
                    Spread.of(1000 * each.percentile(percent) for each in found.constant), ".1f"
                ),
            )
            for percent in (50, 99)
        ),
    ]
    answers = found.overload
    heard = ", ".join(
        f"{count:,} were answered {status}" for status, count in answers.counts.items()
    )
    return (
        f"{_table(HEAD_OF_LOAD, rows)}\n\n"
        f"At {OVERLOAD} times its best, {found.asked:,.0f} requests a second over up to {CROWD}\n"
        f"connections: {heard}; {answers.silent:,} heard nothing. The process never held\n"
        f"more than {_memory(found.memory)} MB."
    )


def _cost(cost: Cost) -> tuple[str, str, str]:
    if cost.failure:
        return FAILED
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}", _memory(cost.memory)


def _memory(size: int) -> str:
    least = floor()
    return _megabytes(size) if size > least else f"< {_megabytes(least)}"


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.0f}"


def _spread(spread: Spread, form: str, unit: str = "") -> str:
    low, high = format(spread.low, form), format(spread.high, form)
    return f"{format(spread.median, form)}{unit} ({low}-{high})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
