"""The probability from which something is done: one for all, or one for each group."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .contract import Contract
from .rows import Rows
from .sections import Rung
from .value import best_threshold

Floats = NDArray[np.float64]
# With fewer rows that needed it, a group gets the threshold that holds for all.
FEWEST_POSITIVE = 20
# Groups are kept this much closer together than the contract allows, since rows not seen yet
# will differ from those that chose the thresholds.
MARGIN = 0.85
RECALLS = np.linspace(0.05, 1.0, 96)


@dataclass(frozen=True)
class Thresholds:
    """A threshold *for_all*, and others *by_group*: the levels of the columns, joined by "/"."""

    for_all: float
    by_group: dict[str, float] = field(default_factory=dict)

    def of(self, groups: NDArray[np.str_]) -> Floats:
        """The threshold of each row; shape [rows]."""
        return np.array([self.by_group.get(str(group), self.for_all) for group in groups])


def groups(rows: Rows, contract: Contract) -> NDArray[np.str_]:
    """The group of each row by [fairness] thresholds_by; "" for all when there is none."""
    return joined(rows.table, contract.fairness.thresholds_by)


def joined(table: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.str_]:
    """The levels of *columns* in each row, joined by "/"; shape [rows]."""
    if not columns:
        return np.full(len(table), "", dtype=np.str_)
    first, *others = (table[name].astype(str) for name in columns)
    return first.str.cat(others, sep="/", na_rep="").to_numpy(np.str_)


def chosen(rung: Rung, probability: Floats, rows: Rows, contract: Contract) -> Thresholds:
    """What the contract asks for, from probabilities of models that have not seen *rows*.

    The rule stays as simple as it is in use: one threshold for all.
    """
    asked = contract.label.threshold
    if asked != "best-value":
        return Thresholds(asked)
    for_all = best_threshold(probability, rows.gain)
    if rung == "rule" or not contract.fairness.thresholds_by:
        return Thresholds(for_all)
    return Thresholds(for_all, evened(probability, rows, contract))


def evened(probability: Floats, rows: Rows, contract: Contract) -> dict[str, float]:
    """Thresholds that find need about as often in every group, worth most in total.

    Equality of opportunity, up to a tolerance: recall of no group lies more than MARGIN *
    allowed_gap below that of the best. Source: Hardt, Price and Srebro, "Equality of opportunity
    in supervised learning", NeurIPS 2016.
    """
    group = groups(rows, contract)
    offers = {}
    for name in np.unique(group):
        mine = group == name
        if (mine & rows.label).sum() >= FEWEST_POSITIVE:
            offers[str(name)] = offer(probability[mine], rows.label[mine], rows.gain[mine])
    if not offers:
        return {}
    tolerance = contract.fairness.allowed_gap * MARGIN
    best, worth = {}, -np.inf
    for highest in RECALLS:
        allowed = np.flatnonzero((highest >= RECALLS) & (highest * (1 - tolerance) <= RECALLS))
        picks = {name: allowed[np.argmax(values[allowed])] for name, (_, values) in offers.items()}
        total = sum(float(offers[name][1][pick]) for name, pick in picks.items())
        if total > worth:
            best, worth = picks, total
    return {name: float(offers[name][0][pick]) for name, pick in best.items()}


def offer(probability: Floats, label: NDArray[np.bool_], gains: Floats) -> tuple[Floats, Floats]:
    """For each of RECALLS the threshold that reaches it, and what acting from there is worth."""
    positive = np.sort(probability[label])
    places = np.floor((1 - RECALLS) * (len(positive) - 1)).astype(int)
    order = np.argsort(-probability, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(gains[order])])
    cut = np.searchsorted(-probability[order], -positive[places], side="right")
    return positive[places], total[cut]
