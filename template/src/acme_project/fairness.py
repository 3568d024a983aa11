"""How groups are treated: weights that even out training, and gaps with their intervals."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .contract import Contract
from .rows import Rows
from .value import interval, resampled

Floats = NDArray[np.float64]
# So many rows of everybody's are mixed into each group, so that a small one gets no wild weight.
SMOOTHING = 20
# With fewer rows that needed it, a group's recall says nothing.
FEWEST_POSITIVE = 50


def weights(rows: Rows, contract: Contract) -> Floats:
    """How much each row counts in training; shape [rows].

    Reweighing: a row of group g with outcome y counts (P(y) / P(y | g)) ** strength, so that
    training sees outcomes that depend less on the group. A group is a combination of the
    slices; nobody needs to know it when a decision is due. Source, for a strength of 1: Kamiran
    and Calders, "Data preprocessing techniques for classification without discrimination",
    Knowledge and Information Systems 33 (2012).
    """
    slices = list(contract.data.slices)
    if not slices or not contract.fairness.strength:
        return np.ones(len(rows))
    frame = pd.DataFrame({"group": rows.table.groupby(slices).ngroup(), "positive": rows.label})
    share = np.where(rows.label, rows.label.mean(), 1 - rows.label.mean())
    alike = frame.groupby(["group", "positive"])["group"].transform("size").to_numpy()
    size = frame.groupby("group")["group"].transform("size").to_numpy()
    within = (alike + SMOOTHING * share) / (size + SMOOTHING)
    return (share / within) ** contract.fairness.strength


def treatment(rows: Rows, acted: Floats, by_rule: Floats, contract: Contract) -> dict[str, Any]:
    """How a policy treats each level of each slice, and how far apart the levels are.

    `slices[column][level]` has rows, the share acted on, value a row, uplift over the rule, and
    recall with its interval (None with fewer than FEWEST_POSITIVE positive rows). `gaps[column]`
    is the share by which the recall of the group found least often lies below that of the group
    found most often, with its interval. Shares are those of Hardt, Price and Srebro, "Equality
    of opportunity in supervised learning" (2016).
    """
    more = (acted - by_rule) * rows.gain
    slices, gaps = {}, {}
    for name in contract.data.slices:
        column = rows.table[name].astype(str).to_numpy()
        levels = [str(level) for level in np.unique(column)]
        groups = {level: column == level for level in levels}
        recalls = recall(rows, acted, groups, contract)
        uplifts = uplift(rows, more, groups, contract)
        slices[name] = {
            level: {
                "rows": int(mine.sum()),
                "acted_on": round(float(acted[mine].mean()), 4),
                "value": round(float((acted * rows.gain)[mine].mean()), 4),
                "uplift": measured(uplifts[level], contract),
                "recall": measured(recalls[level], contract) if level in recalls else None,
            }
            for level, mine in groups.items()
        }
        if len(recalls) > 1:
            gaps[name] = measured(gap(recalls), contract)
    return {"slices": slices, "gaps": gaps}


def uplift(
    rows: Rows, more: Floats, groups: dict[str, NDArray[np.bool_]], contract: Contract
) -> dict[str, Floats]:
    """What each group gets beyond the rule, a row: first as it is, then resampled."""
    series = {f"more {level}": more * mine for level, mine in groups.items()}
    series |= {f"rows {level}": mine.astype(np.float64) for level, mine in groups.items()}
    sums = resampled(series, rows.cluster, contract.training.seed)
    return {level: sums[f"more {level}"] / np.maximum(sums[f"rows {level}"], 1) for level in groups}


def recall(
    rows: Rows, acted: Floats, groups: dict[str, NDArray[np.bool_]], contract: Contract
) -> dict[str, Floats]:
    """Of the rows that needed it, the share acted on: first as it is, then resampled."""
    enough = {
        level: mine & rows.label
        for level, mine in groups.items()
        if (mine & rows.label).sum() >= FEWEST_POSITIVE
    }
    series = {f"found {level}": acted * mine for level, mine in enough.items()}
    series |= {f"in need {level}": mine.astype(np.float64) for level, mine in enough.items()}
    sums = resampled(series, rows.cluster, contract.training.seed)
    return {level: sums[f"found {level}"] / sums[f"in need {level}"] for level in enough}


def gap(recalls: dict[str, Floats]) -> Floats:
    """By which share the worst-off group lies below the best-off one, in every resampling.

    Where nobody is found at all, no group lies below another.
    """
    ordered = sorted(recalls.values(), key=lambda draws: draws[0])
    found = ordered[-1] > 0
    return 1 - np.divide(ordered[0], ordered[-1], out=np.ones_like(ordered[0]), where=found)


def measured(draws: Floats, contract: Contract) -> dict[str, float]:
    """The interval of a figure that was resampled."""
    return interval(draws, contract.uplift.confidence).rounded()
