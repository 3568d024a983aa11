"""What decisions are worth, in the unit of the objective, and how sure that is."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .sections import ColumnValue, MatrixValue

Floats = NDArray[np.float64]
DRAWS = 2000
BATCH = 100
# Up to so many clusters all draws together take less than 100 MB.
MOST_REMEMBERED = 25_000


@dataclass(frozen=True)
class Interval:
    """A mean per row with the ends of its confidence interval."""

    mean: float
    low: float
    high: float

    def rounded(self, digits: int = 4) -> dict[str, float]:
        """The interval for a report: for money, a hundredth of a cent is more than enough."""
        return {name: round(number, digits) for name, number in asdict(self).items()}


def gain(table: pd.DataFrame, label: NDArray[np.bool_], rule: ColumnValue | MatrixValue) -> Floats:
    """What acting on each row is worth, compared with leaving it alone; shape [rows]."""
    if isinstance(rule, ColumnValue):
        outcome = table[rule.column].to_numpy(np.float64)
        return rule.rate * np.minimum(outcome, rule.cap) - rule.cost
    on_positive = rule.true_positive - rule.false_negative
    on_negative = rule.false_positive - rule.true_negative
    return np.where(label, on_positive, on_negative)


def best_threshold(probability: Floats, gains: Floats) -> float:
    """The threshold at or above which acting is worth most in total.

    Rows of equal probability are acted on together. Infinity where nothing is worth it.
    """
    order = np.argsort(-probability, kind="stable")
    total = np.cumsum(gains[order])
    last_of_equals = np.append(np.diff(probability[order]) != 0, True)
    total[~last_of_equals] = -np.inf
    best = int(np.argmax(total))
    return float(probability[order][best]) if total[best] > 0 else float("inf")


def resampled(
    per_row: Mapping[str, Floats], clusters: NDArray[np.int64], seed: int
) -> dict[str, Floats]:
    """The sum of each series over the rows, then over DRAWS cluster-bootstrap samples of them.

    Whole clusters are drawn with replacement, the same draw for every series, so that
    differences and ratios of series are paired. Sources: Efron and Tibshirani, "An
    Introduction to the Bootstrap" (1993), chapter 13; Field and Welsh, "Bootstrapping
    clustered data", J. R. Statist. Soc. B 69 (2007).

    Args:
        per_row: series of shape [rows], each under its name.
        clusters: which cluster a row belongs to, 0 to k-1; shape [rows].
        seed: the same seed gives the same samples.

    Returns:
        Arrays of shape [1 + DRAWS]: the rows as they are come first.
    """
    count = int(clusters.max()) + 1
    sums = np.stack([np.bincount(clusters, series, count) for series in per_row.values()], 1)
    weights = remembered(count, seed) if count <= MOST_REMEMBERED else draws(count, seed)
    drawn = [sums.sum(axis=0)[None], *(batch @ sums for batch in weights)]
    return dict(zip(per_row, np.concatenate(drawn).T, strict=True))


def draws(count: int, seed: int) -> Iterator[NDArray[np.uint16]]:
    """How often each of *count* clusters is in each sample; DRAWS in all, [BATCH, count] each."""
    random = np.random.default_rng(seed)
    for _ in range(DRAWS // BATCH):
        drawn = random.multinomial(count, np.full(count, 1 / count), size=BATCH)
        yield drawn.astype(np.uint16)


@lru_cache(maxsize=2)
def remembered(count: int, seed: int) -> tuple[NDArray[np.uint16], ...]:
    """The same draws, which a stage needs a dozen times and takes most of its time to make."""
    return tuple(draws(count, seed))


def interval(draws: Floats, confidence: float) -> Interval:
    """The percentile interval of a figure: *draws* has its value first, then its resamplings."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws[1:], [tail, 1 - tail])
    return Interval(float(draws[0]), float(low), float(high))


def intervals(
    per_row: Mapping[str, Floats], clusters: NDArray[np.int64], confidence: float, seed: int
) -> dict[str, Interval]:
    """Mean of each series over the rows, with its interval; see `resampled`."""
    rows = {"": np.ones(len(clusters))}
    sums = resampled({**rows, **per_row}, clusters, seed)
    return {name: interval(sums[name] / sums[""], confidence) for name in per_row}
