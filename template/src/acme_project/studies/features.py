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
    """What each feature takes off the loss of the rung in use and adds to its value, a row.

    Both come with paired cluster-bootstrap intervals: the same folds, rows and resamplings with
    the feature and without it. Prices and values are in the objective's unit a row, `bytes` are
    what the feature adds to the artifact.
    """
    rung = in_use(paths, contract)
    rows = load(paths, contract).development
    whole, size = trial(rung, rows, contract)
    series, sizes = {}, {}
    for name in contract.features if rung != "rule" else ():
        rest, smaller = trial(rung, rows, without(name, contract))
        series |= {
            f"loss {name}": rest.loss - whole.loss,
            f"value {name}": (whole.act - rest.act) * rows.gain,
        }
        sizes[name] = size - smaller
    found = intervals(series, rows.cluster, contract.uplift.confidence, contract.training.seed)
    return {
        "rung": rung,
        "features": {
            name: {
                "loss": found[f"loss {name}"].rounded(),
                "value": found[f"value {name}"].rounded(),
                "price": contract.features[name].price,
                "bytes": sizes[name],
            }
            for name in sizes
        },
    }


def without(name: str, contract: Contract) -> Contract:
    """The contract without one of its features."""
    rest = {other: kind for other, kind in contract.features.items() if other != name}
    return contract.model_copy(update={"features": rest})


def trial(rung: Rung, rows: Rows, contract: Contract) -> tuple[Trial, int]:
    """A rung on the features of *contract*, and the bytes of its artifact."""
    model = trained(estimator(rung, contract), rows, contract)
    return tried(rung, rows, contract), len(to_onnx(model, dict(contract.features)))
