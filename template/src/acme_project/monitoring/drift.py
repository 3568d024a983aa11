"""Has live traffic moved away from what the release has seen? Each feature, all jointly, answers.

Effects are population stability indices, less what chance adds.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from ..reference import Cells, Column, Reference
from .significance import Check, by_chance, compared

Floats = NDArray[np.float64]
JOINTLY = "all features jointly"
PREDICTIONS = "predictions"
# So many rows a feature are needed before a covariance means anything.
ROWS_A_FEATURE = 10
# What keeps the covariance of a column that no longer varies invertible.
RIDGE = 1e-3


def checks(
    reference: Reference, rows: Mapping[str, Cells], probability: Cells, limit: float
) -> list[Check]:
    """A check of each feature, of the features jointly, and of the probabilities."""
    found = [
        Check(name, "input-drift", *shifted(column, rows[name], reference.weight), limit)
        for name, column in reference.columns.items()
    ]
    if len(probability) >= ROWS_A_FEATURE * len(rows):
        found.append(Check(JOINTLY, "input-drift", *jointly(reference, rows), limit))
    answers = shifted(reference.predictions, probability, reference.weight)
    return [*found, Check(PREDICTIONS, "prediction-drift", *answers, limit)]


def shifted(column: Column, cells: Cells, weight: float) -> tuple[float, float]:
    """How likely chance alone would move a column so far, and how far it moved.

    Over the column's bins, what is missing among them; a row of the reference counts for *weight*.
    """
    then, now = np.array(column.counts) * weight, column.count(cells).astype(np.float64)
    statistic, free, moved = compared(then, now)
    chance = by_chance(free, float(now.sum()), float(then.sum()))
    return float(chi2.sf(statistic, max(free, 1))), moved - chance


def jointly(reference: Reference, rows: Mapping[str, Cells]) -> tuple[float, float]:
    """How likely chance alone would move the features together so far, and how far they moved.

    On normal scores: Hotelling's test of the means, and one of every product of two features,
    which sees columns come apart that are unchanged one by one.
    """
    now = reference.scores(rows)
    mean, covariance = np.array(reference.mean), np.array(reference.covariance)
    worth = 1 / (1 / len(now) + 1 / reference.groups)
    delta = now.mean(axis=0) - mean
    level = worth * float(delta @ np.linalg.pinv(covariance) @ delta)
    p = [float(chi2.sf(level, np.linalg.matrix_rank(covariance)))]
    pairs = np.triu(np.array(reference.spread) > 0, k=1)
    if pairs.any():
        apart = (now.T @ now / len(now) - covariance - np.outer(mean, mean))[pairs]
        furthest = np.abs(apart / np.sqrt(np.array(reference.spread)[pairs] / worth)).max()
        p.append(float(2 * norm.sf(furthest)) * int(pairs.sum()))
    size = len(mean)
    moved = divergence(delta, covariance, np.atleast_2d(np.cov(now, rowvar=False)))
    return min(1.0, min(p) * len(p)), moved - by_chance(
        size * (size + 3) // 2, len(now), reference.groups
    )


def divergence(delta: Floats, before: Floats, after: Floats) -> float:
    """The symmetric divergence of two normal distributions whose means are *delta* apart."""
    ridge = np.eye(len(delta)) * RIDGE
    one, other = np.linalg.inv(before + ridge), np.linalg.inv(after + ridge)
    spread = float(np.trace(one @ (after + ridge) + other @ (before + ridge))) / 2 - len(delta)
    return spread + float(delta @ (one + other) @ delta) / 2
