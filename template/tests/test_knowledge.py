"""P7 turns red for each thing that is wrong with data, groups or reasons."""

import json
from typing import Any

import numpy as np
import pytest
from test_privacy import rewrite

from acme_project.gates.knowledge import unfair

from conftest import Workshop


def p7(project: Workshop) -> dict[str, Any]:
    practices = json.loads(project("ready", "--json").out)["practices"]
    return next(each for each in practices if each["id"] == "P7")


def test_what_is_known_is_green_and_says_on_what_answers_rest(copy: Workshop) -> None:
    found = p7(copy)
    assert found["status"] == "green", found["finding"]
    assert "answers rest most on" in found["finding"]
    assert "What do its answers rest on?" in copy.read("reports/index.html")


def test_personal_data_is_red(copy: Workshop) -> None:
    copy.edit("contract.toml", r'^personal = \["person"', 'personal = ["age", "person"')
    assert copy("privacy").code == 1
    found = p7(copy)
    assert (found["status"], found["finding"]) == ("red", "feature `age` is personal by [privacy]")


def test_a_noisy_leak_is_red(copy: Workshop) -> None:
    random = np.random.default_rng(0)

    def leak(_: int, row: dict[str, str]) -> None:
        positive = float(row["next_year_spending"]) > 160
        row["other_visits"] = str(int(positive ^ (random.random() < 0.05)))

    rewrite(copy, leak)
    assert copy("data").code == 0
    assert copy("validate").code == 0
    assert "`other_visits` alone foretells the label" in p7(copy)["finding"]
    assert p7(copy)["status"] == "red"


def test_a_datasheet_that_is_gone_is_red_at_once(copy: Workshop) -> None:
    (copy.root / "docs/datasheet.md").unlink()
    assert p7(copy)["status"] == "red"


def test_reasons_that_do_not_add_up_are_red(copy: Workshop) -> None:
    copy.edit(
        "src/acme_project/reasons.py",
        r"^DIGITS = 5$",
        "DIGITS = 0",
    )
    assert copy.start("explain").code == 1
    assert "reasons miss an answer" in p7(copy)["finding"]
    assert p7(copy)["status"] == "red"


def test_a_gap_that_is_allowed_to_nobody_is_red(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^allowed_gap = .*$", "allowed_gap = 0.0001")
    found = p7(copy)
    assert found["status"] == "red"
    assert "the group found least often lies" in found["finding"]


@pytest.mark.parametrize(
    ("mean", "low", "red"), [(0.3, 0.1, True), (0.3, -0.1, False), (0.1, 0.05, False)]
)
def test_a_small_group_is_not_called_wronged_by_chance(mean: float, low: float, red: bool) -> None:  # noqa: FBT001
    assert bool(unfair({"race": {"mean": mean, "low": low, "high": 0.5}}, 0.2)) is red


@pytest.mark.parametrize("report", ["explain", "privacy"])
def test_without_evidence_it_is_missing(copy: Workshop, report: str) -> None:
    (copy.root / f"reports/{report}.json").unlink()
    assert p7(copy)["status"] == "missing"
