"""What a consumer relies on, against what models say of themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from acme_project.milestones import contracts
from acme_project.score import RESULTS

AGE = {"kind": "number", "name": "age", "required": True}
SEX = {"kind": "category", "name": "sex", "required": False, "levels": ["female", "male"]}
KEPT = {
    "consumer": "care team",
    "sends": {"age": "number", "sex": ["female"]},
    "reads": ["decision"],
}


def faults(root: Path, contract: Any, *models: list[dict[str, Any]]) -> list[str]:
    for pointer, features in zip(("CURRENT", "LATEST"), models, strict=False):
        folder = root / "models" / pointer.lower()
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"features": features}))
        (root / "models" / pointer).write_text(f"{pointer.lower()}\n")
    (root / "consumers").mkdir()
    (root / contracts.path("Care Team")).write_text(json.dumps(contract))
    return contracts.every_broken(root)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"sends": {"age": "number"}}, None),
        ({"sends": {"sex": ["male"]}}, "care-team: the model requires `age`, which is not sent"),
        ({"sends": {"age": "number", "x": "number"}}, "care-team: the model does not know `x`"),
        ({"sends": {"age": ["old"]}}, "care-team: `age` is a number for the model"),
        (
            {"sends": {"age": "number", "sex": "number"}},
            "care-team: `sex` is a category for the model",
        ),
        (
            {"sends": {"age": "number", "sex": ["other", "male"]}},
            "care-team: the model does not know `sex` = 'other'",
        ),
        ({"reads": ["score"]}, "care-team: no answer holds `score`"),
        ({"read": []}, "care-team: nobody understands `read` in care-team.json"),
        ({"sends": 1}, "care-team: care-team.json holds no `sends` and `reads`"),
    ],
)
def test_a_contract_is_kept_or_it_is_said_what_breaks_it(
    tmp_path: Path, change: dict[str, Any], fault: str | None
) -> None:
    assert faults(tmp_path, KEPT | change, [AGE, SEX]) == ([fault] if fault else [])


def test_a_model_that_was_packaged_and_not_promoted_is_tested_too(tmp_path: Path) -> None:
    income = {"kind": "number", "name": "income", "required": True}
    assert faults(tmp_path, KEPT, [AGE, SEX], [AGE, SEX, income]) == [
        "care-team: the model requires `income`, which is not sent"
    ]


def test_without_a_model_nothing_can_be_said(tmp_path: Path) -> None:
    assert faults(tmp_path, KEPT) == []


def test_answers_hold_what_contracts_may_read() -> None:
    assert set(contracts.ANSWER) == set(RESULTS)
