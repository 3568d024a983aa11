"""Why a row gets its answer: what each feature adds to the log-odds of a typical row.

Shapley values of the features that differ from one reference row, the manifest's example, which
is nobody's. Contributions always add up to the difference between the two rows; for models that
add up in log-odds (rule, linear) they are exact, for others averaged over sampled orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .artifact import Model, Prediction
from .signature import Row, Value

# Orders come in pairs, forwards and backwards, which cancels much of the chance in them.
PAIRS = 8
# Probabilities beyond it would be infinite odds, or nothing but rounding.
EDGE = 1e-6
# What lies behind is the rounding of the graph's single precision.
DIGITS = 5
SEED = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reason:
    """What a feature adds to the log-odds; exp(contribution) is its factor on the odds."""

    feature: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A prediction with its reasons, strongest first; a feature that adds nothing has none."""

    probability: float
    decision: bool
    reasons: list[Reason]


def explain(model: Model, rows: Sequence[Row], pairs: int = PAIRS) -> list[Explanation]:
    """Explain each of the checked *rows*: equal rows have equal reasons.

    Sources: Strumbelj and Kononenko, "Explaining prediction models and individual predictions
    with feature contributions", Knowl. Inf. Syst. 41 (2014), for sampled orders; Sundararajan and
    Najmi, "The many Shapley values for model explanation", ICML 2020, for one reference row;
    Mitchell et al., "Sampling permutations for Shapley value estimation", JMLR 23 (2022), for
    pairs. Costs 2 * *pairs* predictions for each feature of a row.
    """
    return [explained(model, row, pairs) for row in rows]


def explained(model: Model, row: Row, pairs: int) -> Explanation:
    """Explain one row."""
    reference = model.manifest.example
    names = differing(model, row)
    orders = sampled(len(names), pairs)
    walks = [
        {**reference, **{names[place]: row.get(names[place]) for place in order[:count]}}
        for order in orders
        for count in range(1, len(names))
    ]
    start, answer, *inner = model.predict([reference, row, *walks])
    between = log_odds(inner).reshape(len(orders), -1)
    first, last = (np.full((len(orders), 1), log_odds([end])) for end in (start, answer))
    added = np.zeros(len(names))
    if names:
        np.add.at(added, orders, np.diff(np.hstack([first, between, last])) / len(orders))
    parts = zip(names, added.round(DIGITS).tolist(), strict=True)
    reasons = [Reason(name, part) for name, part in parts if part]
    reasons.sort(key=lambda reason: -abs(reason.contribution))
    return Explanation(answer.probability, answer.decision, reasons)


def differing(model: Model, row: Row) -> list[str]:
    """The features that *row* has not in common with the reference."""
    names = [feature.name for feature in model.manifest.features]
    return [name for name in names if known(row, name) != known(model.manifest.example, name)]


def known(row: Row, name: str) -> Value:
    """A value of the row; absent, null and the empty category all mean missing."""
    value = row.get(name)
    return None if value == "" else value


def sampled(count: int, pairs: int) -> NDArray[np.intp]:
    """Orders of *count* features, each followed by its reverse; shape [2 * pairs, count]."""
    random = np.random.default_rng(SEED)
    forwards = random.permuted(np.tile(np.arange(count), (pairs, 1)), axis=1)
    return np.concatenate([forwards, forwards[:, ::-1]])


def log_odds(answers: Sequence[Prediction]) -> Floats:
    """log(p / (1 - p)) of each answer; shape [answers]."""
    probability = np.array([each.probability for each in answers]).clip(EDGE, 1 - EDGE)
    return np.log(probability) - np.log1p(-probability)
