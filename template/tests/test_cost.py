import pytest

from acme_project import cost
from acme_project.contract import Contract

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")
MEASURED = {"judge_s": 3600.0, "answer_1000_s": 3600.0}


def test_a_rung_costs_upkeep_training_and_serving() -> None:
    stated = CONTRACT.cost
    found = cost.a_row("linear", MEASURED, CONTRACT)
    assert found["upkeep"] == stated.upkeep_a_month["linear"] / stated.rows_a_month
    assert found["training"] == pytest.approx(stated.training_hour / stated.rows_a_month)
    assert found["serving"] == pytest.approx(stated.serving_hour / 1000)
    assert found["total"] == pytest.approx(sum(found.values()) - found["total"], rel=1e-3)
