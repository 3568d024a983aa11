"""Turn a fitted pipeline into an ONNX graph that takes the raw row and nothing else."""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common._registration import get_converter, register_converter
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from skl2onnx.operator_converters.random_forest import convert_sklearn_random_forest_classifier
from sklearn.pipeline import Pipeline

from .preparation import Double, Log1p
from .sections import Feature, Number

OPSET = 17
TREES = "SklearnHistGradientBoostingClassifier"


def to_onnx(pipeline: Pipeline, features: dict[str, Feature]) -> bytes:
    """Serialise *pipeline*: one input of shape [n, 1] for each feature, named as the feature.

    Numbers are float32 (NaN is missing), categories strings ("" is missing). The output
    `probabilities` has shape [n, 2]. The same pipeline gives the same bytes. Linear models
    compute in double precision: in single, terms that nearly cancel would move a probability.
    """
    update_registered_converter(Double, "Double", double, convert_double)
    update_registered_converter(Log1p, "Log1p", single, convert_log1p)
    options = get_converter(TREES).get_allowed_options()
    register_converter(TREES, convert_trees, overwrite=True, options=options)
    graph = convert_sklearn(
        pipeline,
        initial_types=[(name, tensor(kind)) for name, kind in features.items()],
        options={"zipmap": False},
        target_opset=OPSET,
        name="model",
    )
    name_inputs(graph.graph, list(features))
    # Their order follows the process's hash seed, and a version follows the bytes.
    graph.opset_import.sort(key=lambda opset: opset.domain)
    return graph.SerializeToString(deterministic=True)


def name_inputs(graph: Any, names: list[str]) -> None:
    """Give inputs the names of their features, which the conversion strips of blanks and signs."""
    full = {given.name: name for given, name in zip(graph.input, names, strict=True)}
    for given in graph.input:
        given.name = full[given.name]
    for node in graph.node:
        node.input[:] = [full.get(name, name) for name in node.input]


def tensor(kind: Feature) -> FloatTensorType | StringTensorType:
    """The type of a feature's input."""
    return FloatTensorType([None, 1]) if isinstance(kind, Number) else StringTensorType([None, 1])


def double(operator: Any) -> None:
    """As many columns come out as go in, in double precision."""
    operator.outputs[0].type = DoubleTensorType(operator.inputs[0].type.shape)


def single(operator: Any) -> None:
    """As many columns come out as go in, in single precision."""
    operator.outputs[0].type = FloatTensorType(operator.inputs[0].type.shape)


def convert_double(scope: Any, operator: Any, container: Any) -> None:  # noqa: ARG001
    """Write Double as a cast."""
    given, result = operator.inputs[0].full_name, operator.outputs[0].full_name
    container.add_node("Cast", given, result, op_version=13, to=TensorProto.DOUBLE)


def convert_log1p(scope: Any, operator: Any, container: Any) -> None:
    """Write Log1p as Log(Max(x, 0) + 1), in double: small amounts vanish beside a single one."""
    parts = ("zero", "one", "wide", "floor", "sum", "log")
    names = {part: scope.get_unique_variable_name(part) for part in parts}
    given, result = operator.inputs[0].full_name, operator.outputs[0].full_name
    container.add_initializer(names["zero"], TensorProto.DOUBLE, [1], [0.0])
    container.add_initializer(names["one"], TensorProto.DOUBLE, [1], [1.0])
    container.add_node("Cast", given, names["wide"], op_version=13, to=TensorProto.DOUBLE)
    container.add_node("Max", [names["wide"], names["zero"]], names["floor"], op_version=13)
    container.add_node("Add", [names["floor"], names["one"]], names["sum"], op_version=14)
    container.add_node("Log", names["sum"], names["log"], op_version=13)
    container.add_node("Cast", names["log"], result, op_version=13, to=TensorProto.FLOAT)


def convert_trees(scope: Any, operator: Any, container: Any) -> None:
    """Convert boosted trees, whose node attributes mix numpy's integers with Python's.

    Protocol buffers refuse such lists, so each attribute is made plain on its way in.
    """
    add_node = container.add_node

    def add_plain(op_type: str, inputs: Any, outputs: Any, **attributes: Any) -> None:
        add_node(op_type, inputs, outputs, **{name: plain(v) for name, v in attributes.items()})

    container.add_node = add_plain
    try:
        convert_sklearn_random_forest_classifier(scope, operator, container)
    finally:
        container.add_node = add_node


def plain(attribute: Any) -> Any:
    """The same list with Python's own integers."""
    if not isinstance(attribute, list):
        return attribute
    return [int(item) if isinstance(item, bool | np.integer) else item for item in attribute]
