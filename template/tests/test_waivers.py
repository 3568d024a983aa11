from datetime import date, timedelta

from acme_project.contract import Contract
from acme_project.gates import root_cause, waived

from conftest import AS_SHIPPED, WAIVER

TEXT = (AS_SHIPPED / "contract.toml").read_text("utf-8")
END = date(2027, 3, 31)
RED = {"status": "red", "finding": "the gap is wide", "evidence": {}}
GREEN = {"status": "green", "finding": "fine", "evidence": {}}
CONTRACT = Contract.parse(TEXT + WAIVER)


def test_a_waived_practice_is_no_longer_red_and_says_by_whom_and_why() -> None:
    found = waived("P7", RED, CONTRACT, END)
    assert found["status"] == "waived"
    assert "the gap is wide; waived until 2027-03-31 by @head-of-care: The regi" in found["finding"]


def test_the_day_after_its_end_it_is_red_even_when_the_gate_is_green() -> None:
    tomorrow = END + timedelta(days=1)
    assert waived("P7", RED, CONTRACT, tomorrow)["status"] == "red"
    assert waived("P7", GREEN, CONTRACT, tomorrow)["status"] == "red"


def test_it_forgives_one_practice_for_one_set_of_data_and_makes_nothing_green() -> None:
    assert waived("P6", RED, CONTRACT, END)["status"] == "red"
    other = Contract.parse((TEXT + WAIVER).replace('name = "RAND HIE"', 'name = "claims"'))
    assert waived("P7", RED, other, END)["status"] == "red"
    stale = RED | {"status": "stale"}
    assert waived("P7", stale, CONTRACT, END)["status"] == "stale"
    assert waived("P7", GREEN, CONTRACT, END)["status"] == "green"


def test_the_root_cause_is_what_comes_first_and_not_what_is_named_first() -> None:
    red = [{"id": name, "status": "red"} for name in ("P2", "P6", "P8")]
    assert root_cause(red) == "P8"
    assert root_cause([{"id": "P2", "status": "waived"}]) is None
