"""Does the offline proxy move with the value where nothing was trained? (M2)."""

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from ..classification import estimator, quality
from ..contract import Contract
from ..crossfit import chosen, positive, trained
from ..paths import Paths
from ..rows import Split, load
from ..sections import Rung
from .trial import probabilities

PROXY = "average_precision"
SUBSETS = 6
FEWEST_ROWS = 0.1


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """The rank correlation of proxy and value over variants that differ in rung, features, rows.

    Offline is the proxy out of fold on the development rows; "online" is the value on the rows
    kept back, which is as near to production as a table comes: no user has acted on any of it.
    """
    split = load(paths, contract)
    if split.held_back is None:
        return {"kind": contract.data.kind, "proxy": PROXY, "variants": []}
    found = [
        varied(rung, names, share, split, contract)
        for rung, names, share in variants(contract)
    ]
    rank = correlation(
        [each["offline"] for each in found],
        [each["online"] for each in found],
        contract.uplift.confidence,
    )
    return {"kind": contract.data.kind, "proxy": PROXY, "rank": rank, "variants": found}


def variants(contract: Contract) -> Iterator[tuple[Rung, tuple[str, ...], float]]:
    """Rungs with all features, and each that learns with random ones and a share of the rows."""
    random = np.random.default_rng(contract.training.seed)
    names = list(contract.features)
    for rung in contract.training.ladder:
        yield rung, tuple(names), 1.0
        for place in range(SUBSETS if rung != "rule" else 0):
            count = 1 + (len(names) - 1) * place // SUBSETS
            some = random.choice(names, count, replace=False)
            yield rung, tuple(map(str, some)), float(random.uniform(FEWEST_ROWS, 1.0))
