from pathlib import Path

from acme_project.contract import Contract
from acme_project.evidence import Evidence
from acme_project.gate import climb
from acme_project.gates import business

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")

CLEAR = {"mean": 2.0, "low": 1.0, "high": 3.0}
UNSURE = {"mean": 2.0, "low": 0.05, "high": 4.0}


def test_the_highest_rung_beyond_doubt_ships() -> None:
    uplifts = {"rule": {"nobody": CLEAR}, "linear": {"nobody": CLEAR, "rule": CLEAR}}
    assert climb(uplifts, 0.1).champion == "linear"


def test_a_rung_that_may_be_no_better_does_not_ship() -> None:
    uplifts = {"rule": {"nobody": CLEAR}, "linear": {"nobody": CLEAR, "rule": UNSURE}}
    verdict = climb(uplifts, 0.1)
    assert verdict.champion == "rule"
    assert [step.against for step in verdict.steps if not step.passed] == ["rule"]


def test_a_rung_is_compared_with_every_simpler_one() -> None:
    """Beating the second best is not enough when the rule has not been beaten."""
    uplifts = {
        "rule": {"nobody": CLEAR},
        "linear": {"nobody": CLEAR, "rule": UNSURE},
        "boosted": {"nobody": CLEAR, "rule": UNSURE, "linear": CLEAR},
    }
    assert climb(uplifts, 0.1).champion == "rule"


def test_nothing_ships_when_acting_is_not_worth_it() -> None:
    assert climb({"rule": {"nobody": UNSURE}}, 0.1).champion is None


def test_the_required_uplift_itself_is_not_enough() -> None:
    assert climb({"rule": {"nobody": CLEAR}}, 1.0).champion is None


def misleading(note: str) -> tuple[str, ...]:
    """What P1 finds where the proxy ranks two rungs against their value."""
    contract = CONTRACT.model_copy(
        update={"objective": CONTRACT.objective.model_copy(update={"proxy_note": note})}
    )
    value = {"mean": 2.0, "low": 1.0, "high": 3.0}
    policies = {
        "rule": {"value": value, "uplift": {}, "quality": {"average_precision": 0.6}},
        "linear": {
            "value": value,
            "uplift": {"rule": CLEAR},
            "quality": {"average_precision": 0.5},
        },
    }
    measured = {"rungs": {"rule": {"blind": True}}}
    reports = {
        "baseline": measured,
        "train": {"rungs": {}},
        "evaluate": {"policies": policies},
        "gate": {"champion": "linear"},
    }
    return business.judge(contract, Evidence(Path(), reports)).faults


def test_a_proxy_that_ranks_against_the_value_needs_a_note() -> None:
    assert "linear ranks worse than rule by average precision" in misleading("")[0]
    assert not misleading("Precision counts small bills as much as large ones.")
