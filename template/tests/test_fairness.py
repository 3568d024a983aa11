from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from acme_project.contract import Contract
from acme_project.fairness import treatment, weights
from acme_project.rows import Rows
from acme_project.thresholds import Thresholds, chosen, groups

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")


@pytest.fixture
def rows() -> Rows:
    """Need shows less in one group: its probabilities are half of what they should be."""
    random = np.random.default_rng(5)
    race = random.choice(["black", "other"], 4000, p=[0.3, 0.7])
    label = random.random(4000) < np.where(race == "black", 0.15, 0.3)
    shown = np.clip(label * 0.5 + random.random(4000) * 0.5, 0.01, 0.99)
    shown = np.where(race == "black", shown / 2, shown)
    table = pd.DataFrame({"race": race, "sex": "female", "shown": shown})
    gain = np.where(label, 100.0, -20.0)
    return Rows(table, table[["shown"]], label, gain, np.arange(4000))


def recalls(rows: Rows, acted: np.ndarray) -> list[float]:
    race = rows.table["race"].to_numpy()
    return [float(acted[(race == each) & rows.label].mean()) for each in ("black", "other")]


def test_thresholds_by_group_find_need_as_often_in_each(rows: Rows) -> None:
    shown = rows.inputs["shown"].to_numpy()
    apart = recalls(rows, shown >= chosen("rule", shown, rows, CONTRACT).for_all)
    own = chosen("linear", shown, rows, CONTRACT).of(groups(rows, CONTRACT))
    together = recalls(rows, shown >= own)
    assert apart[0] < 0.5 * apart[1]
    assert min(together) >= (1 - CONTRACT.fairness.allowed_gap) * max(together)


def test_a_group_that_is_not_known_gets_the_threshold_for_all() -> None:
    thresholds = Thresholds(0.5, {"black/female": 0.3})
    assert thresholds.of(np.array(["black/female", "/female", "/"])).tolist() == [0.3, 0.5, 0.5]


def test_weights_make_outcome_and_group_independent(rows: Rows) -> None:
    fairness = CONTRACT.fairness.model_copy(update={"strength": 1.0})
    weight = weights(rows, CONTRACT.model_copy(update={"fairness": fairness}))
    black = rows.table["race"].to_numpy() == "black"
    shares = [weight[mine & rows.label].sum() / weight[mine].sum() for mine in (black, ~black)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert (weights(rows, CONTRACT) == 1).all()


def test_a_gap_has_an_interval_and_a_small_group_is_not_judged(rows: Rows) -> None:
    often = np.where(rows.table["race"] == "other", 0.8, 0.4)
    acted = (np.random.default_rng(6).random(len(rows)) < often).astype(float)
    found = treatment(rows, acted, acted, CONTRACT)["gaps"]["race"]
    assert found["low"] < found["mean"] < found["high"]
    assert found["mean"] == pytest.approx(0.5, abs=0.1)

    few = rows.table.assign(race=np.where(rows.table.index < 60, "rare", "other"))
    assert "race" not in treatment(replace(rows, table=few), acted, acted, CONTRACT)["gaps"]


def test_a_slice_is_compared_with_the_rule(rows: Rows) -> None:
    nobody, everybody = np.zeros(len(rows)), np.ones(len(rows))
    level = treatment(rows, everybody, nobody, CONTRACT)["slices"]["race"]["black"]
    black = (rows.table["race"] == "black").to_numpy()
    assert level["uplift"]["mean"] == pytest.approx(rows.gain[black].mean(), abs=1e-4)
    assert level["uplift"]["low"] < level["uplift"]["mean"] < level["uplift"]["high"]
