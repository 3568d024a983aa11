import json

import numpy as np

from acme_project.contract import Contract
from acme_project.explain import without
from acme_project.paths import Paths
from acme_project.rows import load

from conftest import Workshop


def test_every_feature_has_a_worth_and_the_strongest_is_beyond_doubt(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/explain.json"))
    contract = Contract.load(finished.root / "contract.toml")
    worth = [each["mean"] for each in report["importance"]]
    assert {each["feature"] for each in report["importance"]} == set(contract.features)
    assert worth == sorted(worth, reverse=True)
    assert report["importance"][0]["low"] > 0
    assert report["importance"][-1]["low"] < 0
    assert report["reasons"]["unexplained"] < 1e-3
    assert report["reasons"]["sampling_error"] < 0.2


def test_only_one_feature_is_shuffled(finished: Workshop) -> None:
    contract = Contract.load(finished.root / "contract.toml")
    rows = load(Paths(finished.root), contract).development
    shuffled = next(without("age", rows, np.random.default_rng(0)))
    others = [name for name in rows.inputs if name != "age"]
    assert shuffled.inputs[others].equals(rows.inputs[others])
    assert not shuffled.inputs["age"].equals(rows.inputs["age"])
    assert sorted(shuffled.inputs["age"]) == sorted(rows.inputs["age"])


def test_a_model_that_left_the_ladder_cannot_be_refitted(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^ladder = .*$", 'ladder = ["rule"]')
    answer = copy("explain")
    assert answer.code == 2
    assert "`linear` is packaged, and no longer on the ladder" in answer.err
