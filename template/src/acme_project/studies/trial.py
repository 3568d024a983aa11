"""A variant of a rung, judged as the rungs themselves are: on rows it has not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from .. import files
from ..classification import loss
from ..contract import Contract
from ..crossfit import decided, outer, positive, trained
from ..fairness import weights
from ..paths import Paths
from ..rows import Rows
from ..sections import Rung

Floats = NDArray[np.float64]
Window = NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """Out of fold, averaged over the rounds of [training]: what each row lost, and what was done.

    *loss* is what training minimises, *act* the share of rounds that acted; shape [rows].
    """

    loss: Floats
    act: Floats


def in_use(paths: Paths, contract: Contract) -> Rung:
    """The rung that ships, or the lowest that learns where the rule ships or nothing does."""
    champion = files.read_json(paths.report("gate"), "gate")["champion"]
    ladder = contract.training.ladder
    return champion if champion in ladder[1:] else ladder[min(1, len(ladder) - 1)]


def tried(rung: Rung, rows: Rows, contract: Contract, window: Window | None = None) -> Trial:
    """Judge every row by models and thresholds that come from other rows, those of *window*."""
    losses, acts = [], []
    for repeat in range(contract.training.repeats):
        probability, act = np.empty(len(rows)), np.empty(len(rows))
        for train, test in outer(rows, contract, repeat):
            known, unseen = rows.take(within(train, window)), rows.take(test)
            probability[test], act[test] = decided(rung, known, unseen, contract)
        losses.append(weighed_loss(probability, rows, contract))
        acts.append(act)
    return Trial(np.mean(losses, axis=0), np.mean(acts, axis=0))


def probabilities(
    model: Pipeline, rows: Rows, contract: Contract, window: Window | None = None
) -> Floats:
    """Out-of-fold probabilities of one round, at a quarter of the price; shape [rows]."""
    probability = np.empty(len(rows))
    for train, test in outer(rows, contract, 0):
        fitted = trained(model, rows.take(within(train, window)), contract)
        probability[test] = positive(fitted, rows.take(test))
    return probability


def within(places: NDArray[np.intp], window: Window | None) -> NDArray[np.intp]:
    """Those of *places* that lie in the window, if there is one."""
    return places if window is None else places[window[places]]


def weighed_loss(probability: Floats, rows: Rows, contract: Contract) -> Floats:
    """The loss of each row, weighed as [fairness] weighs it in training; shape [rows]."""
    counts = weights(rows, contract)
    return loss(rows.label, probability) * counts / counts.mean()
