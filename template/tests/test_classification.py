import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from acme_project.classification import (
    SEARCHED,
    estimator,
    log_odds,
    loss,
    probability_of,
)
from acme_project.contract import Contract

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")
RANDOM = np.random.default_rng(0)
SEEN = RANDOM.normal(size=(300, 3))
LABEL = SEEN @ [1.0, -2.0, 0.0] + RANDOM.normal(size=300) > 0


@pytest.mark.parametrize(
    "model", [LogisticRegression(), HistGradientBoostingClassifier(max_iter=7)], ids=repr
)
def test_the_steps_of_a_row_add_up_to_its_probability(model: LogisticRegression) -> None:
    fitted = model.fit(SEEN, LABEL)
    for row in SEEN[:20]:
        steps = log_odds(fitted, row[None], ["a", "b", "c"])
        expected = fitted.predict_proba(row[None])[0, 1]
        assert probability_of(sum(steps.values())) == pytest.approx(expected, abs=1e-12)


def test_a_network_is_no_sum() -> None:
    assert log_odds(MLPClassifier(), SEEN[:1], ["a", "b", "c"]) == {}


def test_the_loss_is_the_log_loss_of_each_row() -> None:
    probability = RANDOM.uniform(0.01, 0.99, 300)
    assert loss(LABEL, probability).mean() == pytest.approx(log_loss(LABEL, probability))
    assert np.isfinite(loss(LABEL, np.where(LABEL, 0.0, 1.0))).all()


def test_the_search_varies_settings_that_the_rungs_have() -> None:
    for rung, space in SEARCHED.items():
        assert set(space) <= set(estimator(rung, CONTRACT)[-1].get_params())
