import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from acme_project.classification import estimator
from acme_project.contract import Contract
from acme_project.paths import Paths
from acme_project.rows import Rows
from acme_project.sections import Number
from acme_project.studies import (
    features,
    proxy,
    search,
    stability,
    staleness,
    unittests,
)

import packaged
from conftest import AS_SHIPPED, Workshop

SAMPLE = Contract.load(AS_SHIPPED / "contract.toml")
NUMBER = Number(kind="number", low=-9.0, high=9.0)
CONTRACT = SAMPLE.model_copy(
    update={
        "features": {"spending": NUMBER, "age": NUMBER, "noise": NUMBER},
        "training": SAMPLE.training.model_copy(update={"folds": 3, "repeats": 1}),
    }
)


def rows(count: int = 900, drift: float = 0.0) -> Rows:
    """Spending and age matter and noise does not; *drift* turns what age says, period by period."""
    random = np.random.default_rng(3)
    inputs = pd.DataFrame(random.normal(size=(count, 3)), columns=["spending", "age", "noise"])
    period = np.arange(count) % 3
    pull = 2.0 * inputs["spending"] + 2.0 * (1 - drift * period) * inputs["age"]
    label = (pull + random.normal(size=count) > 0).to_numpy()
    table = inputs.assign(year=period.astype(str), race="other", sex="female")
    return Rows(table, inputs, label, np.where(label, 10.0, -10.0), np.arange(count) // 3)


def test_a_feature_that_matters_takes_off_loss_and_noise_does_not() -> None:
    found = features.brought("linear", rows(), CONTRACT)
    assert found["spending"]["loss"]["low"] > 0
    assert found["age"]["loss"]["low"] > 0
    assert found["noise"]["loss"]["low"] <= 0
    assert found["age"]["value"]["low"] > 0 > found["noise"]["value"]["low"]
    assert all(each["bytes"] > 0 for each in found.values())


def test_settings_that_lose_are_told_from_those_that_do_not() -> None:
    space = {"C": [1e-6, 0.1, 1.0]}
    good = estimator("linear", CONTRACT)
    bad = Pipeline([*good.steps[:-1], ("model", LogisticRegression(C=1e-6))])
    shipped = {
        name: search.searched(model, space, rows(), CONTRACT)
        for name, model in {"good": good, "bad": bad}.items()
    }
    assert shipped["good"]["behind"] <= shipped["good"]["standard_error"]
    assert shipped["bad"]["behind"] > shipped["bad"]["standard_error"]
    assert shipped["bad"]["best"]["C"] in {0.1, 1.0}
    assert {point["settings"]["C"] for point in shipped["bad"]["points"]} == {1e-6, 0.1, 1.0}


def test_an_older_model_loses_more_when_the_world_moves() -> None:
    moved = staleness.ageing("linear", rows(drift=1.0), CONTRACT)
    assert [each["days"] for each in moved] == [365.0, 730.0]
    assert moved[1]["lost"]["mean"] > moved[0]["lost"]["low"] > 0
    still = staleness.ageing("linear", rows(), CONTRACT)
    assert all(each["lost"]["low"] <= 0 for each in still)


def test_time_is_read_from_numbers_and_dates() -> None:
    numbers = staleness.days(pd.Series(["1", "3"]), 365.0)
    dates = staleness.days(pd.Series(["2026-11-01", "2026-11-22"]), 365.0)
    assert (np.diff(numbers), np.diff(dates)) == ([730.0], [21.0])


def test_windows_of_dates_are_few_and_of_equal_size() -> None:
    period = staleness.periods(np.arange(600.0))
    assert set(np.bincount(period)) == {100}
    uneven = np.repeat([0, 1, 2], [50, 20, 30])
    assert [window.sum() for window in staleness.equal_windows(uneven, 0)] == [20, 20, 20]


def test_variants_differ_enough_for_a_rank_correlation() -> None:
    variants = list(proxy.variants(SAMPLE))
    assert len(variants) >= 12
    assert {each.rung for each in variants} == set(SAMPLE.training.ladder)
    assert len({each.features for each in variants}) > 10


def test_a_rank_correlation_has_an_interval_that_few_pairs_widen() -> None:
    many = [(float(at), at + 3 * math.sin(at)) for at in range(40)]
    sure, unsure = (proxy.correlation(each, 0.95) for each in (many, many[:8]))
    assert 0 < sure["low"] < sure["mean"] < sure["high"] < 1
    assert unsure["low"] < sure["low"]


def test_online_is_the_value_on_rows_kept_back() -> None:
    variant = proxy.Variant("linear", ("spending", "age", "noise"), 1.0)
    online = replace(rows(300), gain=np.full(300, 7.0))
    found = proxy.compared(variant, rows(), online, CONTRACT)
    assert found["offline"] > 0.9
    assert 0 < found["online"] < 7


def spoilt(node: str, attribute: str, factor: float) -> onnx.ModelProto:
    """The graph of `packaged`, with the numbers of one step multiplied."""
    graph = onnx.load_from_string(packaged.graph())
    (step,) = (each for each in graph.graph.node if each.op_type == node)
    (numbers,) = (each for each in step.attribute if each.name == attribute)
    numbers.floats[:] = [number * factor for number in numbers.floats]
    return graph


def test_a_graph_that_overflows_within_the_declared_limits_is_found(tmp_path: Path) -> None:
    packaged.write(tmp_path / "good/models")
    assert stability.measure(Paths(tmp_path / "good"), SAMPLE)["faults"] == []
    packaged.write(tmp_path / "bad/models", spoilt("Scaler", "scale", 1e6).SerializeToString())
    (fault,) = stability.measure(Paths(tmp_path / "bad"), SAMPLE)["faults"]
    assert "refused only by the graph" in fault


def test_a_weight_that_is_no_number_is_found() -> None:
    for factor in (1.0, math.inf):
        graph = spoilt("LinearClassifier", "coefficients", factor)
        assert np.isfinite(stability.weights(graph)).all() == (factor == 1.0)


def test_unit_tests_that_fail_or_run_little_are_seen(
    project: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unittests, "TESTS", ("value",))
    monkeypatch.setattr(unittests, "SUBJECTS", {"model": ("value", "gate")})
    (project.root / "tests").mkdir()
    path = project.root / "tests/test_value.py"
    failing = [
        "import acme_project.value",
        "def test_it():",
        "    assert False",
        "",
    ]
    path.write_text("\n".join(failing), "utf-8")
    found = unittests.measure(Paths(project.root), SAMPLE)
    assert found["faults"] == ["1 failed in"] or "1 failed" in found["faults"][0]
    assert 0 < found["covered"]["model"]["value"] < 0.9
    assert found["covered"]["model"]["gate"] == 0


def test_a_study_is_run_once_and_ends_with_the_page(copy: Workshop) -> None:
    first = copy.start("study", "stability")
    assert "stability " in first.err
    assert '"O5"' in copy.read("reports/readiness.json")
    second = copy.start("study", "stability")
    assert (second.code, second.err) == (first.code, "")


def test_a_study_that_nobody_knows_is_the_users_to_fix(project: Workshop) -> None:
    answer = project("study", "nonsense")
    assert answer.code == 2
    assert "there are features, fairness, search" in answer.err
