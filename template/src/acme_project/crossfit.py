"""Out-of-fold decisions: each row is judged by a model that has never seen its group."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from .classification import estimator, folds
from .contract import Contract
from .rows import Rows, Split
from .sections import Rung
from .value import best_threshold

Floats = NDArray[np.float64]
INNER_FOLDS = 3


@dataclass(frozen=True)
class Predictions:
    """What one rung says about every row.

    *probability* and *act* have shape [repeats, development rows]; *held_back* has shape
    [rows kept back]. *threshold* is the one that ships with the rung.
    """

    probability: Floats
    act: NDArray[np.bool_]
    held_back: Floats
    threshold: float


@dataclass(frozen=True)
class Fitted:
    """A rung fitted on all development rows, its predictions and what fitting cost."""

    pipeline: Pipeline
    predictions: Predictions
    seconds: float


def fit(rung: Rung, split: Split, contract: Contract) -> Fitted:
    """Judge the rung on every development row out of fold, then fit it on all of them."""
    rows = split.development
    model = estimator(rung, contract)
    rounds = [
        judged(model, rows, contract.training.folds, contract.training.seed + repeat)
        for repeat in range(contract.training.repeats)
    ]
    started = time.perf_counter()
    model.fit(rows.inputs, rows.label)
    seconds = time.perf_counter() - started
    probability = np.stack([each[0] for each in rounds])
    return Fitted(
        model,
        Predictions(
            probability,
            np.stack([each[1] for each in rounds]),
            positive(model, split.held_back) if split.held_back else np.empty(0),
            apart(best_threshold(probability.mean(axis=0), rows.gain), positive(model, rows)),
        ),
        seconds,
    )


def apart(threshold: float, probability: Floats) -> float:
    """Move *threshold* into the widest gap close by, so that no rounding can flip a row."""
    ends = np.sort(np.unique(probability))
    place = int(np.searchsorted(ends, threshold))
    near = ends[max(place - 5, 0) : place + 5]
    if len(near) < 2 or not np.isfinite(threshold):
        return threshold
    widest = int(np.argmax(np.diff(near)))
    return float(near[widest] + near[widest + 1]) / 2


def judged(model: Pipeline, rows: Rows, count: int, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability and decision for each row; threshold and model come from other folds."""
    probability = np.empty(len(rows))
    act = np.empty(len(rows), dtype=np.bool_)
    for train, test in folds(rows.label, rows.cluster, count, seed):
        known = rows.take(train)
        inner = out_of_fold(model, known, INNER_FOLDS, seed)
        threshold = best_threshold(inner, known.gain)
        fitted = clone(model).fit(known.inputs, known.label)
        probability[test] = positive(fitted, rows.take(test))
        act[test] = probability[test] >= threshold
    return probability, act


def out_of_fold(model: Pipeline, rows: Rows, count: int, seed: int) -> Floats:
    """Probabilities from models that have not seen a row's group; shape [rows]."""
    probability = np.empty(len(rows))
    for train, test in folds(rows.label, rows.cluster, count, seed):
        known = rows.take(train)
        probability[test] = positive(clone(model).fit(known.inputs, known.label), rows.take(test))
    return probability


def positive(model: Pipeline, rows: Rows) -> Floats:
    """The probability of the positive class; shape [rows]."""
    return model.predict_proba(rows.inputs)[:, 1]
