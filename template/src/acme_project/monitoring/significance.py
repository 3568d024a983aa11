"""Many questions in one look, and how to tell an answer from chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# With fewer rows the tests' large-sample distributions do not hold.
FEWEST = 200


@dataclass(frozen=True)
class Check:
    """What was found of one *subject*; *alert* is raised when it is beyond chance and noticeable.

    *p* is how likely chance alone would give such an *effect*; up to *limit* nobody would care.
    """

    subject: str
    alert: str
    p: float
    effect: float
    limit: float


def alarming(checks: Sequence[Check], rate: float) -> list[bool]:
    """Which checks are beyond chance and noticeable.

    When nothing has changed, any is beyond chance with a probability of *rate* at most, however
    many there are. Source: Holm, "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort([each.p for each in checks], kind="stable")
    beyond = np.zeros(len(checks), np.bool_)
    for rank, place in enumerate(order):
        if checks[place].p > rate / (len(checks) - rank):
            break
        beyond[place] = True
    return [bool(b) and each.effect > each.limit for b, each in zip(beyond, checks, strict=True)]


def shares(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Counts as shares; half a row in each bin keeps every logarithm finite."""
    smoothed = counts + 0.5
    return smoothed / smoothed.sum()
