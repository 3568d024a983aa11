"""What was earned is compared with what was promised: on answers made for it."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from acme_project.artifact import Manifest
from acme_project.contract import Contract
from acme_project.monitoring import quality
from acme_project.monitoring.quality import Known
from acme_project.monitoring.significance import FEWEST, alarming
from acme_project.outcomes import Captured
from acme_project.reference import Bin, Column, Promise, Reference
from acme_project.sections import ColumnValue, MatrixValue

import packaged
from conftest import AS_SHIPPED

SAMPLE = Contract.load(AS_SHIPPED / "contract.toml")
# Acting earns what is spent less 40; without need nothing is spent, and 160 with it.
CONTRACT = SAMPLE.model_copy(
    update={
        "value": ColumnValue(kind="column", column="spent", rate=1.0, cap=1000.0, cost=40.0),
        "label": SAMPLE.label.model_copy(update={"column": "spent", "above": 100.0}),
    }
)
SPENT = {"name": "spent", "kind": "number", "required": True}
MANIFEST = Manifest.model_validate_json(json.dumps(packaged.manifest(b"") | {"outcome": [SPENT]}))
# Two bins: of rows up to one half two in ten need it, beyond that eight in ten.
REFERENCE = Reference(
    rows=4000,
    groups=4000,
    columns={},
    predictions=Column(ends=(0.5,), counts=(2000, 2000, 0)),
    outcomes=(Bin(rows=2000, positive=400, gain=-8.0), Bin(rows=2000, positive=1600, gain=88.0)),
    mean=(),
    covariance=(),
    spread=(),
    promise=Promise(mean=44.0, error=1.0),
)


def answers(
    count: int, seed: int = 0, need: Callable[[float], float] = lambda p: p
) -> list[Captured]:
    """Rows of the probabilities 0.2 and 0.8, acted on above one half; *need* is the truth."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        probability = float(random.choice([0.2, 0.8]))
        spent = 160.0 if random.random() < need(probability) else 0.0
        row = {"sex": "female" if number % 3 else "male", "race": ""}
        made.append(
            Captured(
                str(number), "linear-1", "champion", 0.0, row, probability,
                decision=probability > 0.5, outcome={"spent": spent},
            )
        )  # fmt: skip
    return made


def raised(made: list[Captured], columns: tuple[str, ...] = ("sex", "race")) -> set[str]:
    known = Known.of(made, MANIFEST, CONTRACT)
    found = quality.checks(known, REFERENCE, columns, CONTRACT)
    alarms = alarming(found, CONTRACT.monitoring.false_alarms)
    return {each.alert for each, alarm in zip(found, alarms, strict=True) if alarm}


def test_a_promise_that_is_kept_raises_nothing() -> None:
    # One look in a hundred may, so that three of a hundred would be bad luck.
    assert sum(bool(raised(answers(1000, seed))) for seed in range(100)) < 3


def test_too_few_outcomes_raise_nothing() -> None:
    assert (
        quality.checks(
            Known.of(answers(FEWEST - 1, need=lambda _: 0.0), MANIFEST, CONTRACT),
            REFERENCE,
            (),
            CONTRACT,
        )
        == []
    )


def test_less_than_was_promised_is_named() -> None:
    assert raised(answers(1000, need=lambda p: p * 0.7)) == {"value-short", "outcomes-differ"}


def test_outcomes_that_differ_are_seen_also_where_they_cost_nothing() -> None:
    assert raised(answers(1000, need=lambda p: max(p, 0.5))) == {"outcomes-differ"}


def test_a_model_that_was_never_calibrated_raises_nothing_by_that() -> None:
    never = [
        replace(each, probability=0.01 if each.probability < 0.5 else 0.99)
        for each in answers(1000)
    ]
    assert raised(never) == set()


def test_a_group_for_which_acting_is_a_loss_is_named() -> None:
    made = answers(1500)
    for place, each in enumerate(made):
        if each.row["sex"] == "male":
            made[place] = replace(each, outcome={"spent": 0.0})
    assert "group-harmed" in raised(made)
    assert "group-harmed" not in raised(made, ())


def test_what_to_expect_is_known_before_any_outcome_is() -> None:
    made = answers(2000, need=lambda _: 0.0)
    assert quality.expected(made, REFERENCE) == pytest.approx(44.0, abs=3)
    assert quality.report(made, Known.of([], MANIFEST, CONTRACT), REFERENCE, CONTRACT) == (
        quality.report(made, Known.of([], MANIFEST, CONTRACT), REFERENCE, CONTRACT)
        | {"earned": None, "acted_on": pytest.approx(0.5, abs=0.03)}
    )


def test_the_interval_of_what_is_earned_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        known = Known.of(answers(400, seed), MANIFEST, CONTRACT)
        earned = quality.report(known.answers, known, REFERENCE, CONTRACT)["earned"]
        held += earned["low"] <= 44.0 <= earned["high"]
    assert 0.9 <= held / 200 <= 0.99


def test_groups_show_rows_recall_and_value() -> None:
    known = Known.of(answers(1500), MANIFEST, CONTRACT)
    female, male = quality.groups(known, ("sex", "race"), CONTRACT)
    assert (female["group"], female["rows"], male["rows"]) == ("sex female", 1000, 500)
    assert female["recall"] == pytest.approx(0.8, abs=0.05)
    assert female["value"]["low"] < 44.0 < female["value"]["high"]


def test_a_matrix_and_a_category_are_valued_as_the_contract_does() -> None:
    worth = MatrixValue(
        kind="matrix", true_positive=5, false_positive=-2, true_negative=0, false_negative=0
    )
    label = CONTRACT.label.model_copy(update={"column": "left", "above": None, "positive": "yes"})
    contract = CONTRACT.model_copy(update={"value": worth, "label": label})
    told = {"name": "left", "kind": "category", "required": True, "levels": ["yes", "no"]}
    manifest = Manifest.model_validate_json(
        json.dumps(packaged.manifest(b"") | {"outcome": [told]})
    )
    made = [
        Captured("1", "m", "champion", 0.0, {}, 0.8, decision=True, outcome={"left": "yes"}),
        Captured("2", "m", "champion", 0.0, {}, 0.8, decision=True, outcome={"left": "no"}),
        Captured("3", "m", "champion", 0.0, {}, 0.2, decision=False, outcome={"left": "yes"}),
    ]
    assert Known.of(made, manifest, contract).worth.tolist() == [5.0, -2.0, 0.0]
