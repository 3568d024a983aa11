"""Out-of-fold decisions: each row is judged by a model that has never seen its group."""

import io
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from . import files
from .classification import estimator, folds
from .contract import Contract, Rung
from .rows import Rows, Split
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

    def save(self, path: Path) -> None:
        """Write the arrays; the same arrays give the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            probability=self.probability,
            act=self.act,
            held_back=self.held_back,
            threshold=np.float64(self.threshold),
        )
        files.write(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path, made_by: str) -> "Predictions":
        """Read what `save` wrote, or say that the stage *made_by* has not run."""
        if not path.exists():
            raise files.not_made(path, made_by)
        with np.load(path, allow_pickle=False) as arrays:
            threshold = float(arrays["threshold"])
            return cls(arrays["probability"], arrays["act"], arrays["held_back"], threshold)


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
    model.fit(rows.table, rows.label)
    seconds = time.perf_counter() - started
    probability = np.stack([each[0] for each in rounds])
    return Fitted(
        model,
        Predictions(
            probability,
            np.stack([each[1] for each in rounds]),
            positive(model, split.held_back) if split.held_back else np.empty(0),
            best_threshold(probability.mean(axis=0), rows.gain),
        ),
        seconds,
    )


def judged(
    model: Pipeline, rows: Rows, count: int, seed: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probability and decision for each row; threshold and model come from other folds."""
    probability = np.empty(len(rows))
    act = np.empty(len(rows), dtype=np.bool_)
    for train, test in folds(rows.label, rows.cluster, count, seed):
        known = rows.take(train)
        inner = out_of_fold(model, known, INNER_FOLDS, seed)
        threshold = best_threshold(inner, known.gain)
        fitted = clone(model).fit(known.table, known.label)
        probability[test] = positive(fitted, rows.take(test))
        act[test] = probability[test] >= threshold
    return probability, act


def out_of_fold(model: Pipeline, rows: Rows, count: int, seed: int) -> Floats:
    """Probabilities from models that have not seen a row's group; shape [rows]."""
    probability = np.empty(len(rows))
    for train, test in folds(rows.label, rows.cluster, count, seed):
        known = rows.take(train)
        probability[test] = positive(clone(model).fit(known.table, known.label), rows.take(test))
    return probability


def positive(model: Pipeline, rows: Rows) -> Floats:
    """The probability of the positive class; shape [rows]."""
    return model.predict_proba(rows.table)[:, 1]
