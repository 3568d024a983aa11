"""Does the offline proxy move with the value where nothing was trained? (M2)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from ..classification import estimator, quality
from ..contract import Contract
from ..crossfit import positive, trained
from ..paths import Paths
from ..rows import Rows, load
from ..sections import Rung
from ..thresholds import chosen, groups
from .trial import probabilities

PROXY = "average_precision"
SUBSETS = 6
FEWEST_ROWS = 0.1


@dataclass(frozen=True)
class Variant:
    """A rung that learns from some *features* and a *share* of the rows."""

    rung: Rung
    features: tuple[str, ...]
    share: float


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """The rank correlation of proxy and value over variants that differ in rung, features, rows.

    Offline is the proxy, out of fold on the development rows; "online" is the value on the rows
    kept back, the nearest to production that a table comes: nobody has acted on any of it.
    """
    split = load(paths, contract)
    found = [
        compared(variant, split.development, split.held_back, contract)
        for variant in variants(contract)
        if split.held_back
    ]
    pairs = [(each["offline"], each["online"]) for each in found]
    rank = correlation(pairs, contract.uplift.confidence) if pairs else None
    return {"kind": contract.data.kind, "proxy": PROXY, "rank": rank, "variants": found}


def variants(contract: Contract) -> Iterator[Variant]:
    """Every rung as it is, and those that learn with fewer features and rows."""
    random = np.random.default_rng(contract.training.seed)
    names = tuple(contract.features)
    for rung in contract.training.ladder:
        yield Variant(rung, names, 1.0)
        for place in range(SUBSETS if rung != "rule" else 0):
            count = 1 + (len(names) - 1) * place // SUBSETS
            some = random.choice(names, count, replace=False).tolist()  # nosec B311
            yield Variant(rung, tuple(some), float(random.uniform(FEWEST_ROWS, 1.0)))  # nosec B311


def compared(variant: Variant, rows: Rows, online: Rows, contract: Contract) -> dict[str, Any]:
    """The proxy out of fold, and the value of the same variant on the rows kept back."""
    features = {name: contract.features[name] for name in variant.features}
    fewer = contract.model_copy(update={"features": features})
    random = np.random.default_rng(contract.training.seed)
    window = random.permutation(len(rows)) < variant.share * len(rows)
    model = estimator(variant.rung, fewer)
    probability = probabilities(model, rows, fewer, window)
    thresholds = chosen(variant.rung, probability, rows, fewer).of(groups(online, fewer))
    known = rows.take(np.flatnonzero(window))
    act = positive(trained(model, known, fewer), online) >= thresholds
    return {
        "rung": variant.rung,
        "features": len(features),
        "rows": len(known),
        "offline": quality(rows.label, probability)[PROXY],
        "online": round(float((act * online.gain).mean()), 4),
    }


def correlation(pairs: list[tuple[float, float]], confidence: float) -> dict[str, float]:
    """Spearman's rank correlation with its interval.

    Standard error of Fisher's z: Bonett and Wright, "Sample size requirements for estimating
    Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000).
    """
    rank = float(spearmanr(pairs).statistic)
    error = math.sqrt((1 + rank**2 / 2) / (len(pairs) - 3))
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    low, high = (math.tanh(math.atanh(rank) + side * reach) for side in (-1, 1))
    return {"mean": round(rank, 4), "low": round(low, 4), "high": round(high, 4)}
