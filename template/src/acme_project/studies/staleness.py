"""What does a model lose as it grows older? Train on older windows, and judge again (M4)."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..contract import Contract
from ..errors import Stop
from ..paths import Paths
from ..rows import Rows, load
from ..sections import Rung
from ..value import intervals
from .trial import in_use, tried

# A column of dates is cut into so many windows of equally many rows.
WINDOWS = 6
MOST_PERIODS = 12


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """What models of windows that end 1, 2... periods earlier are worth less, a row."""
    rung = in_use(paths, contract)
    rows = load(paths, contract).development
    return {"rung": rung, "ages": ageing(rung, rows, contract) if contract.data.time else []}


def ageing(rung: Rung, rows: Rows, contract: Contract) -> list[dict[str, Any]]:
    """The loss in value by age, youngest first.

    Every window has equally many rows, and rows of a group never stand on both sides, so age is
    all that differs. What the others are compared with is trained on other groups in the very
    period that is judged, which nobody has in production.
    """
    day = days(rows.table[str(contract.data.time)], contract.data.time_days)
    period = periods(day)
    windows = equal_windows(period, contract.training.seed)
    acts = np.stack([tried(rung, rows, contract, window).act for window in windows])
    worth = acts * rows.gain
    return [aged(age, worth, (day, period), rows, contract) for age in range(1, len(windows))]


def days(column: pd.Series, unit: float) -> NDArray[np.float64]:
    """When each row is from, in days; numbers count units of *unit* days, all else are dates."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().all():
        return numbers.to_numpy(np.float64) * unit
    dates = pd.to_datetime(column, errors="coerce", format="ISO8601")
    if dates.isna().any():
        example = column[dates.isna()].iloc[0]
        fix = "write ISO dates, as in 2026-11-22, or numbers"
        raise Stop(f"column `{column.name}` holds `{example}`, which is no time", fix=fix)
    return (dates - dates.min()).to_numpy() / np.timedelta64(1, "D")


def periods(day: NDArray[np.float64]) -> NDArray[np.intp]:
    """The period of each row, from 0, the oldest; shape [rows]."""
    times, period = np.unique(day, return_inverse=True)
    if len(times) <= MOST_PERIODS:
        return period
    ends = np.quantile(day, np.linspace(0, 1, WINDOWS + 1)[1:-1])
    return np.searchsorted(ends, day, side="left")


def equal_windows(period: NDArray[np.intp], seed: int) -> list[NDArray[np.bool_]]:
    """For each period, which rows to train on: as many as the smallest period has."""
    random = np.random.default_rng(seed)
    fewest = np.bincount(period).min()
    windows = []
    for each in range(period.max() + 1):
        window = np.zeros(len(period), np.bool_)
        window[random.choice(np.flatnonzero(period == each), fewest, replace=False)] = True  # nosec B311
        windows.append(window)
    return windows


def aged(
    age: int,
    worth: NDArray[np.float64],
    when: tuple[NDArray[np.float64], NDArray[np.intp]],
    rows: Rows,
    contract: Contract,
) -> dict[str, Any]:
    """What models *age* periods older lose, on all rows for which there are such models.

    *worth* has shape [windows, rows]: what each row earns by the model of each window.
    """
    day, period = when
    old = np.flatnonzero(period >= age)
    fresh = worth[period[old], old]
    lost = fresh - worth[period[old] - age, old]
    middle = np.array([day[period == each].mean() for each in range(len(worth))])
    found = intervals(
        {"lost": lost, "fresh": fresh},
        np.unique(rows.cluster[old], return_inverse=True)[1],
        contract.uplift.confidence,
        contract.training.seed,
    )
    return {
        "days": round(float((middle[age:] - middle[:-age]).mean()), 1),
        "rows": len(old),
        "value": round(found["fresh"].mean - found["lost"].mean, 4),
        "lost": found["lost"].rounded(),
    }
