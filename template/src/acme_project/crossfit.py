"""Out-of-fold decisions: each row is judged by a model that has never seen its group."""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from .classification import Folds, estimator, folds
from .contract import Contract
from .fairness import weights
from .rows import Rows, Split
from .sections import Rung
from .thresholds import Thresholds, chosen, groups

Floats = NDArray[np.float64]
INNER_FOLDS = 3


@dataclass(frozen=True)
class Predictions:
    """What one rung says about every row.

    *probability* and *act* have shape [repeats, development rows]; *held_back* has shape
    [rows kept back]. *thresholds* are those that ship with the rung.
    """

    probability: Floats
    act: NDArray[np.bool_]
    held_back: Floats
    thresholds: Thresholds


@dataclass(frozen=True)
class Fitted:
    """A rung fitted on all development rows, its predictions, and what they cost.

    *blind* says that what rows turn out to be does not change how they are judged. Times are in
    seconds: to *fit* once, to *judge* out of fold as well, and to *answer* for 1,000 rows.
    """

    pipeline: Pipeline
    predictions: Predictions
    blind: bool
    fit: float
    judge: float
    answer: float


def fit(rung: Rung, split: Split, contract: Contract) -> Fitted:
    """Judge the rung on every development row out of fold, then fit it on all of them."""
    rows, model = split.development, estimator(rung, contract)
    begun = time.perf_counter()
    rounds = [judged(rung, rows, contract, repeat) for repeat in range(contract.training.repeats)]
    blind = is_blind(rung, rows, contract, rounds[0])
    probability = np.stack([each[0] for each in rounds])
    thresholds = chosen(rung, probability.mean(axis=0), rows, contract)
    fitting = time.perf_counter()
    model = trained(model, rows, contract)
    fitted = time.perf_counter()
    seen = positive(model, rows)
    answered = time.perf_counter()
    held = positive(model, split.held_back) if split.held_back else np.empty(0)
    # Rows kept back say nothing of outcomes here: only where no row lies.
    everybody = np.concatenate([groups(part, contract) for part in split.parts()])
    predictions = Predictions(
        probability,
        np.stack([each[1] for each in rounds]),
        held,
        all_apart(thresholds, np.concatenate([seen, held]), everybody),
    )
    return Fitted(
        model,
        predictions,
        blind,
        fit=fitted - fitting,
        judge=fitted - begun,
        answer=(answered - fitted) / len(rows) * 1000,
    )


def all_apart(thresholds: Thresholds, probability: Floats, group: NDArray[np.str_]) -> Thresholds:
    """Move every threshold apart from the rows that it decides."""
    moved = {
        name: apart(threshold, probability[group == name])
        for name, threshold in thresholds.by_group.items()
    }
    return Thresholds(apart(thresholds.for_all, probability), moved)


def apart(threshold: float, probability: Floats) -> float:
    """Move *threshold* into the widest gap close by, so that no rounding can flip a row."""
    ends = np.sort(np.unique(probability))
    place = int(np.searchsorted(ends, threshold))
    near = ends[max(place - 5, 0) : place + 5]
    if len(near) < 2 or not np.isfinite(threshold):
        return threshold
    widest = int(np.argmax(np.diff(near)))
    return float(near[widest] + near[widest + 1]) / 2


def outer(rows: Rows, contract: Contract, repeat: int) -> Folds:
    """The folds of one round."""
    return folds(rows.label, rows.cluster, contract.training.folds, contract.training.seed + repeat)


def judged(
    rung: Rung, rows: Rows, contract: Contract, repeat: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability and decision for each row; thresholds and model come from other folds."""
    probability = np.empty(len(rows))
    act = np.empty(len(rows), dtype=np.bool_)
    for train, test in outer(rows, contract, repeat):
        probability[test], act[test] = decided(rung, rows.take(train), rows.take(test), contract)
    return probability, act


def decided(
    rung: Rung, known: Rows, unseen: Rows, contract: Contract
) -> tuple[Floats, NDArray[np.bool_]]:
    """What a model and thresholds that come from *known* rows say about *unseen* ones."""
    model = estimator(rung, contract)
    thresholds = chosen(rung, out_of_fold(model, known, contract), known, contract)
    probability = positive(trained(model, known, contract), unseen)
    return probability, probability >= thresholds.of(groups(unseen, contract))


def is_blind(
    rung: Rung, rows: Rows, contract: Contract, found: tuple[Floats, NDArray[np.bool_]]
) -> bool:
    """Whether rows of the first fold are judged as *found* also when their outcomes are lies.

    A threshold or a model that has seen the rows it is judged on would answer otherwise.
    """
    train, test = outer(rows, contract, 0)[0]
    unseen = rows.take(test)
    lies = replace(unseen, label=~unseen.label, gain=-unseen.gain)
    probability, act = decided(rung, rows.take(train), lies, contract)
    return np.array_equal(probability, found[0][test]) and np.array_equal(act, found[1][test])


def out_of_fold(model: Pipeline, rows: Rows, contract: Contract) -> Floats:
    """Probabilities from models that have not seen a row's group; shape [rows]."""
    probability = np.empty(len(rows))
    for train, test in folds(rows.label, rows.cluster, INNER_FOLDS, contract.training.seed):
        known = trained(model, rows.take(train), contract)
        probability[test] = positive(known, rows.take(test))
    return probability


def trained(model: Pipeline, rows: Rows, contract: Contract) -> Pipeline:
    """A copy of *model*, fitted on *rows* as [fairness] weighs them."""
    return clone(model).fit(rows.inputs, rows.label, model__sample_weight=weights(rows, contract))


def positive(model: Pipeline, rows: Rows) -> Floats:
    """The probability of the positive class; shape [rows]."""
    return model.predict_proba(rows.inputs)[:, 1]
