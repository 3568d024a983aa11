"""Are the hyperparameters well chosen? Try others, and record all that was tried (M3)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import ParameterSampler
from sklearn.pipeline import Pipeline

from ..classification import SEARCHED, estimator
from ..contract import Contract
from ..paths import Paths
from ..rows import Rows, load
from ..value import resampled
from .trial import probabilities, weighed_loss

Floats = NDArray[np.float64]
POINTS = 12


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """For each rung that learns: the shipped settings, the best found, and every point tried.

    Points are drawn at random without replacement: Bergstra and Bengio, "Random search for
    hyper-parameter optimization", JMLR 13 (2012).
    """
    rows = load(paths, contract).development
    rungs = {}
    for rung in contract.training.ladder:
        if space := SEARCHED.get(rung):
            model = estimator(rung, contract)
            rungs[str(rung)] = searched(model, space, rows, contract)
    return {"rungs": rungs}


def searched(
    model: Pipeline, space: dict[str, list[Any]], rows: Rows, contract: Contract
) -> dict[str, Any]:
    """Loss a row out of fold, on the same folds for every point, and how the shipped one does.

    `behind` is by how much the shipped settings lose more than the best found, with the
    standard error of that difference over resampled clusters.
    """
    mine = {name: model[-1].get_params()[name] for name in space}
    count = min(POINTS, int(np.prod([len(values) for values in space.values()])))
    drawn = ParameterSampler(space, count, random_state=contract.training.seed)
    points = [mine, *(point for point in drawn if point != mine)]
    losses = [lost(model, point, rows, contract) for point in points]
    best = int(np.argmin([each.mean() for each in losses]))
    behind = losses[0] - losses[best]
    draws = resampled({"behind": behind}, rows.cluster, contract.training.seed)["behind"]
    return {
        "shipped": mine,
        "best": points[best],
        "loss": round(float(losses[0].mean()), 5),
        "behind": round(float(behind.mean()), 5),
        "standard_error": round(float(draws[1:].std() / len(rows)), 5),
        "points": [
            {"settings": point, "loss": round(float(each.mean()), 5)}
            for point, each in zip(points, losses, strict=True)
        ],
    }


def lost(model: Pipeline, point: dict[str, Any], rows: Rows, contract: Contract) -> Floats:
    """What each row loses with these settings, weighed as in training; shape [rows]."""
    varied = model.set_params(**{f"model__{name}": value for name, value in point.items()})
    return weighed_loss(probabilities(varied, rows, contract), rows, contract)
