from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from acme_project.classification import folds
from acme_project.contract import Contract
from acme_project.crossfit import (
    apart,
    fit,
    is_blind,
    judged,
    outer,
    positive,
)
from acme_project.rows import Rows, Split
from acme_project.value import best_threshold

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")


@pytest.fixture
def rows() -> Rows:
    random = np.random.default_rng(4)
    spending = random.lognormal(4, 1, 600)
    label = spending * random.lognormal(0, 1, 600) > 80
    table = pd.DataFrame({"spending": spending, "sex": "female", "race": "other"})
    return Rows(
        table, table[["spending"]], label, np.where(label, 10.0, -4.0), np.repeat(np.arange(200), 3)
    )


def test_no_group_stands_on_both_sides_of_a_split(rows: Rows) -> None:
    for train, test in folds(rows.label, rows.cluster, 5, 0):
        assert not set(rows.cluster[train]) & set(rows.cluster[test])


def test_a_decision_does_not_depend_on_the_outcomes_of_its_fold(rows: Rows) -> None:
    """Neither model nor threshold may see what happened to the rows they judge."""
    before = judged("rule", rows, CONTRACT, 0)
    _, test = outer(rows, CONTRACT, 0)[0]
    gain = rows.gain.copy()
    gain[test] = 1000.0
    after = judged("rule", replace(rows, gain=gain), CONTRACT, 0)
    assert (after[1][test] == before[1][test]).all()
    assert (after[1] != before[1]).any()
    assert is_blind("rule", rows, CONTRACT, before)


def test_a_threshold_that_has_seen_the_rows_is_noticed(rows: Rows) -> None:
    probability, act = judged("rule", rows, CONTRACT, 0)
    peeked = probability >= best_threshold(probability, rows.gain)
    assert not is_blind("rule", rows, CONTRACT, (probability, peeked))
    assert (peeked != act).any()


def test_the_contract_may_fix_the_threshold(rows: Rows) -> None:
    label = CONTRACT.label.model_copy(update={"threshold": 0.9})
    fixed = CONTRACT.model_copy(update={"label": label})
    probability, act = judged("rule", rows, fixed, 0)
    assert (act == (probability >= 0.9)).all()


def test_a_threshold_lies_between_rows() -> None:
    probability = np.array([0.1, 0.2, 0.21, 0.5])
    assert apart(0.21, probability) == pytest.approx(0.355)
    assert apart(np.inf, probability) == np.inf


def test_a_rung_is_judged_in_every_round_and_fitted_once_on_all_rows(rows: Rows) -> None:
    training = CONTRACT.training.model_copy(update={"folds": 3, "repeats": 2})
    contract = CONTRACT.model_copy(update={"training": training})
    fitted = fit("rule", Split(rows, rows), contract)
    found = fitted.predictions
    assert fitted.blind
    assert found.probability.shape == found.act.shape == (2, len(rows))
    assert (found.probability[0] != found.probability[1]).any()
    assert (found.held_back == positive(fitted.pipeline, rows)).all()
    assert found.thresholds.for_all not in found.held_back
