"""Does the packaged model answer sensibly, or refuse by name, whatever it is sent? (O5)."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from .. import artifact
from ..contract import Contract
from ..errors import Stop
from ..paths import Paths
from ..signature import FLOAT32_MAX, Category, Number

NUMBERS = (
    *(math.nan, math.inf, -math.inf, 1e308, -1e308, 2 * FLOAT32_MAX, FLOAT32_MAX, -FLOAT32_MAX),
    *(1e-45, 1e-320, -1e-320, 0.0, -0.0, 1e6, -1e6),
)
WORDS = ("", " ", "\0", "\ud7ff", "nan", "x" * 1_000_000)
COMBINATIONS = 2000
# The attribute that holds the mark of a missing number, which is NaN by design.
MISSING = "replaced_value_float"


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """Ask about single extreme cells, many extreme cells at once, and look at every weight."""
    model = artifact.load(paths.models, artifact.latest(paths.models))
    found = {"refused": 0, "answered": 0}
    faults = []
    for row in [*single(model), *combined(model, contract.training.seed)]:
        problem = answered(model, row, found)
        faults += [problem] if problem else []
    graph = onnx.load(paths.models / model.manifest.version / artifact.GRAPH)
    if not np.isfinite(numbers := weights(graph)).all():
        faults.append("a weight of the model is no finite number")
    return found | {"weights": len(numbers), "faults": list(dict.fromkeys(faults))}


def single(model: artifact.Model) -> Iterator[dict[str, Any]]:
    """The manifest's example, with one cell extreme or of the wrong kind."""
    for feature in model.manifest.features:
        extremes = extreme(feature)
        for value in (
            *extremes,
            None,
            True,
            [],
            *(WORDS if isinstance(feature, Number) else NUMBERS),
        ):
            yield model.manifest.example | {feature.name: value}


def combined(model: artifact.Model, seed: int) -> Iterator[dict[str, Any]]:
    """Rows that the signature admits, all of whose cells lie at an end of what is allowed."""
    random = np.random.default_rng(seed)
    allowed = {
        each.name: [value for value in extreme(each) if each.problem(value) is None]
        for each in model.manifest.features
    }
    for _ in range(COMBINATIONS):
        yield {name: values[random.integers(len(values))] for name, values in allowed.items()}


def extreme(feature: Number | Category) -> tuple[Any, ...]:
    """Values at and beyond what *feature* allows."""
    if isinstance(feature, Category):
        return (*feature.levels, *WORDS)
    ends = [end for end in (feature.low, feature.high) if end is not None]
    beyond = [math.nextafter(end, away) for end in ends for away in (-math.inf, math.inf)]
    return (*NUMBERS, *ends, *beyond)


def answered(model: artifact.Model, row: dict[str, Any], found: dict[str, int]) -> str | None:
    """Count a refusal that names a field, or an answer; whatever else happens is a fault."""
    if model.check(row):
        found["refused"] += 1
        return None
    try:
        (prediction,) = model.predict([row])
    except Stop as stop:
        return f"a row within the declared limits is refused only by the graph: {stop.what}"
    found["answered"] += 1
    if not 0 <= prediction.probability <= 1:
        return f"a row within the declared limits gets the probability {prediction.probability}"
    return None


def weights(graph: onnx.ModelProto) -> NDArray[np.float64]:
    """Every number that the graph computes with: constants, and attributes of its nodes."""
    constants = [
        numpy_helper.to_array(tensor).ravel().astype(np.float64)
        for tensor in graph.graph.initializer
        if tensor.data_type != onnx.TensorProto.STRING
    ]
    attributes = [
        [*attribute.floats, attribute.f]
        for node in graph.graph.node
        for attribute in node.attribute
        if attribute.name != MISSING
    ]
    return np.concatenate([*constants, *attributes], dtype=np.float64)
