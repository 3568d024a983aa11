from itertools import permutations
from typing import Any

import numpy as np
import pytest
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from acme_project.artifact import Model, load
from acme_project.reasons import Explanation, explain, log_odds
from acme_project.signature import Row

import packaged


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Model:
    models = tmp_path_factory.mktemp("linear")
    packaged.write(models)
    return load(models)


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model whose features act together, so that their order matters."""
    rows = packaged.people(500).fillna(0.0)
    encode = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
    trees = RandomForestClassifier(20, max_depth=4, random_state=0)
    label = (rows["age"] > 60) & (rows["spending"] > 100) | (rows["plan"] == "free")
    noise = np.random.default_rng(2).random(len(rows)) < 0.2
    fitted = make_pipeline(encode, trees).fit(rows, label ^ noise)
    inputs: list[Any] = [(name, FloatTensorType([None, 1])) for name in packaged.NUMBERS]
    inputs.append(("plan", StringTensorType([None, 1])))
    graph = to_onnx(fitted, initial_types=inputs, options={id(trees): {"zipmap": False}})
    models = tmp_path_factory.mktemp("forest")
    packaged.write(models, graph.SerializeToString())
    return load(models)


def contributions(explanation: Explanation) -> dict[str, float]:
    return {each.feature: each.contribution for each in explanation.reasons}


def by_definition(model: Model, row: Row) -> dict[str, float]:
    """Shapley values over all orders of the features."""
    example = model.manifest.example
    found = dict.fromkeys(row, 0.0)
    orders = list(permutations(row))
    for order in orders:
        steps = [{**example, **{n: row[n] for n in order[:k]}} for k in range(len(order) + 1)]
        for name, step in zip(order, np.diff(log_odds(model.predict(steps))), strict=True):
            found[name] += float(step) / len(orders)
    return found


def test_reasons_add_up_to_the_answer(linear: Model, forest: Model) -> None:
    for model in (linear, forest):
        rows = packaged.rows(20)
        start = log_odds(model.predict([model.manifest.example]))[0]
        for answer, found in zip(model.predict(rows), explain(model, rows), strict=True):
            assert (found.probability, found.decision) == (answer.probability, answer.decision)
            total = start + sum(each.contribution for each in found.reasons)
            assert total == pytest.approx(log_odds([answer])[0], abs=1e-4)


def test_what_adds_up_in_log_odds_is_explained_exactly(linear: Model) -> None:
    for row, found in zip(packaged.rows(5), explain(linear, packaged.rows(5), 1), strict=True):
        for name, part in by_definition(linear, row).items():
            assert contributions(found).get(name, 0.0) == pytest.approx(part, abs=1e-4)


def test_more_orders_come_closer_to_the_definition(forest: Model) -> None:
    row = {"age": 75.0, "visits": 1.0, "spending": 20.0, "plan": "25%"}
    exact = by_definition(forest, row)
    (found,) = explain(forest, [row], 300)
    assert contributions(found) == pytest.approx(exact, abs=0.03)


def test_strongest_first_and_the_typical_row_needs_no_reasons(linear: Model) -> None:
    sizes = [abs(each.contribution) for each in explain(linear, packaged.rows(1))[0].reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert explain(linear, [linear.manifest.example])[0].reasons == []


def test_missing_is_a_reason_too_however_it_is_sent(linear: Model) -> None:
    example = dict(linear.manifest.example)
    lacking = {name: value for name, value in example.items() if name != "visits"}
    (absent, null, zero) = explain(
        linear, [lacking, example | {"visits": None}, example | {"visits": 0.0}]
    )
    assert absent == null != zero
    assert list(contributions(absent)) == ["visits"]


def test_a_row_has_the_same_reasons_alone_and_among_others(forest: Model) -> None:
    rows = packaged.rows(6)
    assert [explain(forest, [row])[0] for row in rows] == explain(forest, rows)
