"""Many questions in one look, and how to tell an answer from chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# With fewer rows the tests' large-sample distributions do not hold.
FEWEST = 200


Floats = NDArray[np.float64]


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


def compared(then: Floats, now: Floats) -> tuple[float, int, float]:
    """Two samples of counts by bin: how different, in how many ways, and how far apart.

    Pearson's chi-square statistic, its degrees of freedom, and the population stability index,
    which is the symmetric divergence of Jeffreys, "An invariant form for the prior probability in
    estimation problems" (1946). Half a row more in each bin keeps every logarithm finite.
    """
    table = np.stack([then, now])[:, then + now > 0]
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    before, after = (each / each.sum() for each in (then + 0.5, now + 0.5))
    moved = float(((after - before) * np.log(after / before)).sum())
    return statistic, table.shape[1] - 1, moved


def by_chance(free: int, one: float, other: float) -> float:
    """The divergence to expect between two samples of the same, of sizes *one* and *other*."""
    return float(free * (1 / one + 1 / other))
