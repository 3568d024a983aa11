"""What `baseline` and `train` hand on: fitted rungs, their predictions, and their cost."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline
from skops import io as skops

from . import evidence, files
from .crossfit import Fitted, Predictions
from .paths import Paths
from .preparation import Double, Log1p
from .thresholds import Thresholds

# What a file of ours may hold beyond what skops trusts by itself; all else is refused.
TRUSTED = [
    *(f"{step.__module__}.{step.__name__}" for step in (Double, Log1p)),
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
]


def keep(stage: str, fitted: Mapping[str, Fitted], paths: Paths) -> None:
    """Write all that later stages need of the rungs that *stage* fitted."""
    arrays = {rung: arrays_of(each.predictions) for rung, each in fitted.items()}
    pipelines = {rung: each.pipeline for rung, each in fitted.items()}
    measured = {
        rung: {
            "blind": each.blind,
            "fit_s": round(each.fit, 3),
            "judge_s": round(each.judge, 3),
            "answer_1000_s": round(each.answer, 5),
        }
        for rung, each in fitted.items()
    }
    files.write(paths.predictions(stage), packed(arrays))
    files.write(paths.candidates(stage), skops.dumps(pipelines))
    evidence.keep(stage, {"rungs": measured}, paths)


def arrays_of(predictions: Predictions) -> dict[str, np.ndarray]:
    """Its arrays by name; thresholds become two, of groups and of numbers, "" being for all."""
    thresholds = {"": predictions.thresholds.for_all} | predictions.thresholds.by_group
    return {
        "probability": predictions.probability,
        "act": predictions.act,
        "held_back": predictions.held_back,
        "groups": np.array(list(thresholds), dtype=np.str_),
        "thresholds": np.array(list(thresholds.values())),
    }


def packed(arrays: Mapping[str, Mapping[str, np.ndarray]]) -> bytes:
    """All arrays in one file, each as `rung/name`; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    flat = {f"{rung}/{name}": each for rung, mine in arrays.items() for name, each in mine.items()}
    np.savez_compressed(buffer, allow_pickle=False, **flat)
    return buffer.getvalue()


def predictions(stage: str, paths: Paths) -> dict[str, Predictions]:
    """The predictions of every rung that *stage* fitted."""
    with np.load(io.BytesIO(existing(paths.predictions(stage), stage))) as arrays:
        rungs = dict.fromkeys(name.partition("/")[0] for name in arrays)
        return {
            rung: Predictions(
                arrays[f"{rung}/probability"],
                arrays[f"{rung}/act"],
                arrays[f"{rung}/held_back"],
                thresholds(arrays[f"{rung}/groups"], arrays[f"{rung}/thresholds"]),
            )
            for rung in rungs
        }


def thresholds(groups: np.ndarray, numbers: np.ndarray) -> Thresholds:
    """What `arrays_of` took apart."""
    by_group = dict(zip(groups.tolist(), numbers.tolist(), strict=True))
    return Thresholds(by_group.pop(""), by_group)


def maker(rung: str) -> str:
    """The stage that fits a rung."""
    return "baseline" if rung == "rule" else "train"


def pipelines(stage: str, paths: Paths) -> dict[str, Pipeline]:
    """The pipelines that *stage* fitted; nothing outside TRUSTED is ever constructed."""
    return skops.loads(existing(paths.candidates(stage), stage), trusted=TRUSTED)


def existing(path: Path, stage: str) -> bytes:
    if not path.exists():
        raise files.not_made(path, stage)
    return path.read_bytes()
