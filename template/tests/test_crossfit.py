from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from acme_project.classification import estimator, folds
from acme_project.contract import Contract
from acme_project.crossfit import apart, judged
from acme_project.rows import Rows

from conftest import ROOT

CONTRACT = Contract.load(ROOT / "contract.toml")


@pytest.fixture
def rows() -> Rows:
    random = np.random.default_rng(4)
    spending = random.lognormal(4, 1, 600)
    label = spending * random.lognormal(0, 1, 600) > 80
    table = pd.DataFrame({"spending": spending})
    return Rows(table, table, label, np.where(label, 10.0, -4.0), np.repeat(np.arange(200), 3))


def test_no_group_stands_on_both_sides_of_a_split(rows: Rows) -> None:
    for train, test in folds(rows.label, rows.cluster, 5, 0):
        assert not set(rows.cluster[train]) & set(rows.cluster[test])


def test_a_decision_does_not_depend_on_the_outcomes_of_its_fold(rows: Rows) -> None:
    """Neither model nor threshold may see what happened to the rows they judge."""
    model = estimator("rule", CONTRACT)
    _, before = judged(model, rows, 5, 0)
    _, test = folds(rows.label, rows.cluster, 5, 0)[0]
    gain = rows.gain.copy()
    gain[test] = 1000.0
    _, after = judged(model, replace(rows, gain=gain), 5, 0)
    assert (after[test] == before[test]).all()
    assert (after != before).any()


def test_a_threshold_lies_between_rows() -> None:
    probability = np.array([0.1, 0.2, 0.21, 0.5])
    assert apart(0.21, probability) == pytest.approx(0.355)
    assert apart(np.inf, probability) == np.inf
