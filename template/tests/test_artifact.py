import json
import os
import pickle
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from acme_project.artifact import Model, current, load
from acme_project.errors import Stop

import packaged


@pytest.fixture
def model(tmp_path: Path) -> Model:
    packaged.write(tmp_path)
    return load(tmp_path)


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 33, 300])
def test_a_row_gives_the_same_bits_in_any_company(model: Model, size: int) -> None:
    rows = packaged.rows(300)
    alone = [model.predict([row])[0] for row in rows]
    order = random.Random(size).sample(range(300), size)

    together = model.predict([rows[i] for i in order])

    assert together == [alone[i] for i in order]


def test_agrees_with_the_pipeline_it_was_converted_from(model: Model) -> None:
    table = packaged.people(500, seed=1)
    expected = packaged.fitted().predict_proba(table)[:, 1]

    predicted = [prediction.probability for prediction in model.predict(packaged.rows(500))]

    assert np.abs(np.array(predicted) - expected).max() < 1e-6


def test_decides_at_the_threshold(model: Model) -> None:
    predictions = model.predict(packaged.rows(100))

    assert {prediction.decision for prediction in predictions} == {True, False}
    assert all(p.decision == (p.probability >= 0.37) for p in predictions)


def test_there_is_no_current_version_before_the_first_package(tmp_path: Path) -> None:
    assert current(tmp_path) is None
    with pytest.raises(Stop, match="there is no model"):
        load(tmp_path)


def edit(**changed: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    return change


def point_at(version: str) -> Callable[[Path], object]:
    return lambda folder: (folder.parent / "CURRENT").write_text(version)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no graph": (lambda f: (f / "model.onnx").unlink(), "cannot read .*model.onnx"),
    "a graph cut short": (lambda f: os.truncate(f / "model.onnx", 99), "was altered"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "cannot read .*manifest.json"),
    "half a manifest": (
        lambda f: os.truncate(f / "manifest.json", 99),
        "the document: Invalid JSON",
    ),
    "another project's": (
        edit(project="churn-radar"),
        "project: Input should be 'acme-project'",
    ),
    "a newer format": (edit(format=2), "format: Input should be 1"),
    "an unknown key": (edit(hook="rm -rf"), "hook: Extra inputs"),
    "another version's": (edit(version="linear-ffffffff"), "holds another version"),
    "nothing vouched for": (edit(files={}), "holds no hash of model.onnx"),
    "a path for a file": (edit(files={"../model.onnx": "0" * 64}), "should match pattern"),
    "an impossible example": (edit(example={"age": 42}), "example: spending is required"),
    "fewer features": (
        edit(features=[{"name": "age", "kind": "number", "required": True}], example={"age": 1}),
        "no model that this manifest describes",
    ),
    "a version outside": (point_at("../elsewhere"), "names no version"),
    "an empty pointer": (point_at(""), "names no version"),
    "a binary pointer": (
        lambda f: (f.parent / "CURRENT").write_bytes(b"\xff\0"),
        "names no version",
    ),
    "a version that is gone": (point_at("linear-gone"), "cannot read .*linear-gone"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGE.values(), ids=DAMAGE.keys())
def test_refuses_a_damaged_package(
    tmp_path: Path, damage: Callable[[Path], object], reason: str
) -> None:
    damage(packaged.write(tmp_path))

    with pytest.raises(Stop) as stop:
        load(tmp_path)

    assert re.search(reason, f"{stop.value.what}; {stop.value.why}")
    assert stop.value.fix


def test_an_overflow_is_an_error_and_no_probability(tmp_path: Path) -> None:
    graph = onnx.load_from_string(packaged.graph())
    (scaler,) = (node for node in graph.graph.node if node.op_type == "Scaler")
    (scale,) = (attribute for attribute in scaler.attribute if attribute.name == "scale")
    scale.floats[:] = [factor * 1e6 for factor in scale.floats]
    packaged.write(tmp_path, graph.SerializeToString())

    with pytest.raises(Stop, match="too large"):
        load(tmp_path).predict([packaged.EXAMPLE | {"visits": 3e38, "spending": 3e38}])


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.trace,)


def test_refuses_a_pickle_in_the_place_of_the_graph_without_running_it(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    packaged.write(tmp_path / "models", pickle.dumps(Bomb(trace)))

    with pytest.raises(Stop, match="no model that this manifest describes"):
        load(tmp_path / "models")

    assert not trace.exists()
