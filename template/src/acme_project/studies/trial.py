"""A variant of a rung, judged as the rungs themselves are: on rows it has not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..classification import loss
from ..contract import Contract
from ..crossfit import decided, outer, positive, trained
from ..fairness import weights
from ..rows import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """Out of fold, averaged over the rounds of [training]: what each row lost and earned.

    *loss* is the loss that training minimises, weighed as [fairness] weighs rows in training;
    *worth* is the value of the decision. Both have shape [rows].
    """

    loss: Floats
    worth: Floats


def tried(
    model: Pipeline, rows: Rows, contract: Contract, window: NDArray[np.bool_] | None = None
) -> Trial:
    """Judge every row by models and thresholds that come from other rows, those of *window*."""
    counts = weights(rows, contract)
    counts /= counts.mean()
    losses, worths = [], []
    for repeat in range(contract.training.repeats):
        probability, act = np.empty(len(rows)), np.empty(len(rows), np.bool_)
        for train, test in outer(rows, contract, repeat):
            seen = train if window is None else train[window[train]]
            unseen = rows.take(test)
            probability[test], act[test] = decided(model, rows.take(seen), unseen, contract)
        losses.append(loss(rows.label, probability) * counts)
        worths.append(act * rows.gain)
    return Trial(np.mean(losses, axis=0), np.mean(worths, axis=0))


def probabilities(model: Pipeline, rows: Rows, contract: Contract) -> Floats:
    """Out-of-fold probabilities of one round, at a quarter of the price; shape [rows]."""
    probability = np.empty(len(rows))
    for train, test in outer(rows, contract, 0):
        probability[test] = positive(trained(model, rows.take(train), contract), rows.take(test))
    return probability
