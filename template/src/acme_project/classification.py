"""All that is particular to a yes-or-no decision: the label, the rungs, the quality."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .contract import Contract
from .errors import Stop
from .preparation import Double, as_they_are, filled
from .sections import Label, Rung

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
CALIBRATION_BINS = 10
# What each rung is set to, and what else the study `search` tries.
SETTINGS: dict[Rung, dict[str, Any]] = {
    "linear": {"C": 1.0},
    "boosted": {
        "learning_rate": 0.1,
        "max_iter": 60,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 40,
        "l2_regularization": 1.0,
    },
    "deep": {"hidden_layer_sizes": (32, 16), "alpha": 0.01, "learning_rate_init": 0.001},
}
SEARCHED: dict[Rung, dict[str, list[Any]]] = {
    "linear": {"C": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]},
    "boosted": {
        "learning_rate": [0.02, 0.05, 0.1, 0.2],
        "max_iter": [30, 60, 120, 240],
        "max_leaf_nodes": [4, 8, 16, 31],
        "min_samples_leaf": [20, 40, 80],
        "l2_regularization": [0.0, 1.0, 10.0],
    },
    "deep": {
        "hidden_layer_sizes": [(16,), (32, 16), (64, 32)],
        "alpha": [0.0001, 0.01, 1.0],
        "learning_rate_init": [0.001, 0.003],
    },
}
Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


def labels(table: pd.DataFrame, label: Label) -> Booleans:
    """Which rows turned out positive; shape [rows].

    Raises:
        Stop: an outcome is missing, or all rows fall into one class.
    """
    column = table[label.column]
    if column.isna().any() or (column == "").any():
        raise Stop(
            f"column `{label.column}` has rows without an outcome",
            why="a row whose outcome is unknown can neither train nor test",
            fix="remove those rows from the table",
        )
    positive = positives(column, label)
    if positive.nunique() < 2:
        raise Stop(
            f"column `{label.column}` holds one class only: "
            f"{'every' if positive.all() else 'no'} row is positive",
            why="nothing can be learnt without both outcomes",
            fix="check `above` or `positive` under [label] in contract.toml, and the table",
        )
    return positive.to_numpy(np.bool_)


def positives(column: pd.Series, label: Label) -> pd.Series:
    """What each outcome means."""
    return column > label.above if label.above is not None else column == label.positive


def estimator(rung: Rung, contract: Contract) -> Pipeline:
    """The whole pipeline of a rung, unfitted: raw columns in, probabilities out."""
    features, seed = dict(contract.features), contract.training.seed
    settings = SETTINGS.get(rung, {})
    if rung == "boosted":
        trees = HistGradientBoostingClassifier(early_stopping=False, random_state=seed, **settings)
        return Pipeline([("prepare", as_they_are(features)), ("model", trees)])
    if rung == "rule":
        # One column, ranked and cut: a rule in the shape that every other rung has.
        features = {contract.baseline.column: features[contract.baseline.column]}
    if rung == "deep":
        # It stops when rows set aside no longer gain.
        model = MLPClassifier(early_stopping=True, max_iter=200, random_state=seed, **settings)
    else:
        model = LogisticRegression(max_iter=1000, **settings)
    return Pipeline(
        [
            ("prepare", filled(features)),
            ("double", Double()),
            ("scale", StandardScaler()),
            ("model", model),
        ]
    )


def folds(label: Booleans, groups: NDArray[np.int64], count: int, seed: int) -> Folds:
    """Split rows so that classes are balanced and no group is on both sides."""
    if len(np.unique(groups)) == len(groups):
        alone = StratifiedKFold(count, shuffle=True, random_state=seed)
        return list(alone.split(label, label))
    together = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return list(together.split(label, label, groups))


def log_odds(model: Any, prepared: Floats, names: Sequence[str]) -> dict[str, float]:
    """What the log-odds of one row are the sum of; empty for a network, which is no sum.

    *prepared* has shape [1, columns], *names* are those of the columns.
    """
    if isinstance(model, LogisticRegression):
        parts = (model.coef_[0] * prepared[0]).tolist()
        return {"intercept": float(model.intercept_[0])} | dict(zip(names, parts, strict=True))
    if isinstance(model, HistGradientBoostingClassifier):
        grown = np.ravel([*model.staged_decision_function(prepared)])
        added = np.diff(grown, prepend=0.0).tolist()
        return {f"tree {number}": each for number, each in enumerate(added, 1)}
    return {}


def probability_of(log_odds: float) -> float:
    """The inverse of the logit."""
    return float(expit(log_odds))


def loss(label: Booleans, probability: Floats) -> Floats:
    """The log loss of each row, in nats; shape [rows]."""
    likely = np.where(label, probability, 1 - probability)
    return -np.log(np.maximum(likely, np.finfo(np.float64).tiny))


def calibration(label: Booleans, probability: Floats) -> dict[str, list[float]]:
    """What was predicted and what came true, in ten bins of equally many rows."""
    bins = np.array_split(np.argsort(probability, kind="stable"), CALIBRATION_BINS)
    return {
        "predicted": [round(float(probability[rows].mean()), 4) for rows in bins],
        "observed": [round(float(label[rows].mean()), 4) for rows in bins],
    }


def quality(label: Booleans, probability: Floats) -> dict[str, float]:
    """Proxies for value: how well rows are ranked, and how honest probabilities are."""
    return {
        "average_precision": round(float(average_precision_score(label, probability)), 4),
        "roc_auc": round(float(roc_auc_score(label, probability)), 4),
        "brier": round(float(brier_score_loss(label, probability)), 4),
    }
