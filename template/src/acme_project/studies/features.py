"""Does every feature help, and is it worth its price? Leave one out, and judge again (D2, D3)."""

from typing import Any

from ..classification import estimator
from ..contract import Contract
from ..conversion import to_onnx
from ..crossfit import trained
from ..paths import Paths
from ..rows import Rows, load
from ..sections import Rung
from ..value import intervals
from .trial import Trial, in_use, tried


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """What each feature of the rung in use brings; none where the ladder is the rule alone."""
    rung = in_use(paths, contract)
    rows = load(paths, contract).development
    return {"rung": rung, "features": {} if rung == "rule" else brought(rung, rows, contract)}


def brought(rung: Rung, rows: Rows, contract: Contract) -> dict[str, dict[str, Any]]:
    """What each feature takes off the loss and adds to the value of a row, and what it costs.

    Both come with paired cluster-bootstrap intervals: the same folds, rows and resamplings with
    the feature and without it. Value and price are in the objective's unit; `bytes` are what the
    feature adds to the artifact.
    """
    whole, size = trial(rung, rows, contract)
    series, sizes = {}, {}
    for name in contract.features:
        rest, smaller = trial(rung, rows, without(name, contract))
        series[f"loss {name}"] = rest.loss - whole.loss
        series[f"value {name}"] = (whole.act - rest.act) * rows.gain
        sizes[name] = size - smaller
    found = intervals(series, rows.cluster, contract.uplift.confidence, contract.training.seed)
    return {
        name: {
            "loss": found[f"loss {name}"].rounded(6),
            "value": found[f"value {name}"].rounded(),
            "price": kind.price,
            "bytes": sizes[name],
        }
        for name, kind in contract.features.items()
    }


def without(name: str, contract: Contract) -> Contract:
    """The contract without one of its features."""
    rest = {other: kind for other, kind in contract.features.items() if other != name}
    return contract.model_copy(update={"features": rest})


def trial(rung: Rung, rows: Rows, contract: Contract) -> tuple[Trial, int]:
    """A rung on the features of *contract*, and the bytes of its artifact."""
    model = trained(estimator(rung, contract), rows, contract)
    return tried(rung, rows, contract), len(to_onnx(model, dict(contract.features)))
