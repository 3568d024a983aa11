import csv
import io
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from acme_project import artifact, grown, rows
from acme_project.contract import Contract
from acme_project.grown import FEWEST_JUDGES, grow
from acme_project.outcomes import Captured, Outcomes
from acme_project.paths import Paths

from conftest import AS_SHIPPED, Workshop

MADE = datetime(2026, 11, 22, tzinfo=UTC)
ROW = {"age": 42.0, "spending": None, "sex": "female", "race": "black"}


@pytest.fixture
def contract() -> Contract:
    return Contract.load(AS_SHIPPED / "contract.toml")


@pytest.fixture
def table() -> pd.DataFrame:
    columns = ["person", "year", "family", "site", "sex", "race", "age", "next_year_spending"]
    held = ["p1", "3", "f1", "4", "male", "white", "30", "10"]
    seen = ["p2", "5", "f2", "1", "male", "white", "31", "900"]
    return pd.DataFrame([held, seen], columns=columns)


def answers(
    count: int, start: float = 1.0, spending: Sequence[float] = (0.0, 1000.0)
) -> list[Captured]:
    """Answers a second apart, from *start* seconds after MADE, whose outcomes take turns."""
    return [
        Captured(
            f"{start}-{place}",
            "linear-1",
            "champion",
            MADE.timestamp() + start + place,
            ROW,
            0.5,
            decision=True,
            outcome={"next_year_spending": spending[place % len(spending)]},
        )
        for place in range(count)
    ]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_that_came_back_stand_below_the_table(table: pd.DataFrame, contract: Contract) -> None:
    bigger = grow(table, answers(1), MADE, contract)
    old, new = read(bigger.text)
    assert (old["person"], old[grown.ORIGIN]) == ("p2", "")
    assert new["person"] == new["family"] == "1.0-0"
    assert (new["year"], new["age"], new["race"], new["site"]) == ("6", "42.0", "black", "")
    assert new["next_year_spending"] == "0.0"


def test_rows_kept_back_until_now_stay_out(table: pd.DataFrame, contract: Contract) -> None:
    assert "p1" not in grow(table, answers(1), MADE, contract).text


def test_the_newer_half_of_what_no_model_has_seen_judges(
    table: pd.DataFrame, contract: Contract
) -> None:
    before = answers(10, start=-100.0)
    after = answers(2 * FEWEST_JUDGES)
    bigger = grow(table, [*before, *after], MADE, contract)
    assert (bigger.known, bigger.newest) == (10 + FEWEST_JUDGES, FEWEST_JUDGES)
    origins = [row[grown.ORIGIN] for row in read(bigger.text)[1:]]
    assert origins == [grown.KNOWN] * (10 + FEWEST_JUDGES) + [grown.NEWEST] * FEWEST_JUDGES


@pytest.mark.parametrize(
    "back",
    [answers(2 * FEWEST_JUDGES - 2), answers(4 * FEWEST_JUDGES, spending=[0.0])],
    ids=["too few", "all alike"],
)
def test_what_cannot_judge_trains(
    back: list[Captured], table: pd.DataFrame, contract: Contract
) -> None:
    assert grow(table, back, MADE, contract).newest == 0


def test_what_has_not_turned_out_yet_is_left_alone(table: pd.DataFrame, contract: Contract) -> None:
    (waiting,) = answers(1)
    open_end = replace(waiting, outcome=None)
    assert len(read(grow(table, [open_end], MADE, contract).text)) == 1


def serve_kept_back(copy: Workshop, monkeypatch: pytest.MonkeyPatch) -> str:
    """Answer the rows kept back, and report how they turned out; returns the model's version."""
    monkeypatch.chdir(copy.root)
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    model = artifact.load(paths.models)
    held = rows.load(paths, contract).held_back
    assert held
    asked = held.records(contract.fairness.thresholds_by)
    now = time.time() + timedelta(days=1).total_seconds()
    version = model.manifest.version
    given = [
        Captured(
            f"id-{place}", version, "champion", now + place, row, said.probability, said.decision
        )
        for place, (row, said) in enumerate(zip(asked, model.predict(asked), strict=True))
    ]
    database = Outcomes()
    database.keep(given)
    spent = held.table["next_year_spending"].astype(float)
    database.learn(
        {each.id: {"next_year_spending": y} for each, y in zip(given, spent, strict=True)}
    )
    return version


def test_a_retrained_model_is_packaged_and_not_yet_in_use(
    copy: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = serve_kept_back(copy, monkeypatch)
    before = copy.files()
    answer = copy.start("retrain")
    assert answer.code == 0, answer.err
    new = answer.out.split()[0]
    model = artifact.load(copy.root / "models", new)
    assert model.manifest.parent == used != new
    assert model.manifest.data.rows > 8000
    assert f"a row beside {used}" in answer.err
    assert copy.read("models/CURRENT").strip() == used
    made = {name for name in copy.files() - before if "__pycache__" not in name}
    assert {Path(name).parts[:2] for name in made} == {("models", new), ("reports", "retrained")}


def test_nothing_is_packaged_while_a_practice_is_red(
    copy: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_kept_back(copy, monkeypatch)
    copy.edit("contract.toml", r"^memory_mb = .*$", "memory_mb = 1.0")
    models = set((copy.root / "models").iterdir())
    answer = copy.start("retrain")
    assert answer.code == 1
    assert answer.out == "nothing is packaged: red is P5; see reports/retrained/index.html\n"
    assert set((copy.root / "models").iterdir()) == models


def test_without_a_model_there_is_nothing_to_retrain(project: Workshop) -> None:
    answer = project("retrain")
    assert answer.code == 2
    assert "there is no model" in answer.err
