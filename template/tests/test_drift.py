"""Drift that is there is seen, and drift that is not is not: on rows made for it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from acme_project.contract import Contract
from acme_project.monitoring import drift
from acme_project.monitoring.significance import Check, alarming
from acme_project.reference import Promise, Reference, summary
from acme_project.rows import Rows
from acme_project.sections import Number

from conftest import AS_SHIPPED

Floats = NDArray[np.float64]
SAMPLE = Contract.load(AS_SHIPPED / "contract.toml")
RATE, LIMIT, WINDOW = 0.01, 0.1, 1000


def drawn(seed: int, features: int = 3, count: int = WINDOW, together: float = 0.7) -> Floats:
    """Rows of a long-tailed distribution whose columns belong together."""
    covariance = np.full((features, features), together) + np.eye(features) * (1 - together)
    random = np.random.default_rng(seed)
    return np.exp(random.multivariate_normal(np.zeros(features), covariance, count))


def known(rows: Floats) -> Reference:
    names = [f"f{number}" for number in range(rows.shape[1])]
    number = Number(kind="number", low=0.0, high=1e9)
    contract = SAMPLE.model_copy(update={"features": dict.fromkeys(names, number)})
    table = pd.DataFrame(rows, columns=names)
    label = rows[:, 0] > 1
    made = Rows(table, table, label, label * 2.0 - 1, np.arange(len(rows)))
    return summary(made, contract, answered(rows), answered(rows), Promise(mean=1.0, error=0.1))


def answered(rows: Floats) -> Floats:
    return rows.sum(axis=1) / (1 + rows.sum(axis=1))


def checks(reference: Reference, rows: Floats) -> list[Check]:
    columns = {name: rows[:, place].tolist() for place, name in enumerate(reference.columns)}
    return drift.checks(reference, columns, answered(rows).tolist(), LIMIT)


def raised(reference: Reference, rows: Floats) -> set[str]:
    found = checks(reference, rows)
    alarms = alarming(found, RATE)
    return {each.subject for each, alarm in zip(found, alarms, strict=True) if alarm}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return known(drawn(0, count=8000))


def test_the_same_distribution_raises_nothing(reference: Reference) -> None:
    assert [raised(reference, drawn(seed)) for seed in range(1, 101)] == [set()] * 100


def test_by_chance_a_test_is_beyond_a_twentieth_in_a_twentieth_of_all_looks(
    reference: Reference,
) -> None:
    found = np.array([[each.p for each in checks(reference, drawn(s))] for s in range(1, 301)])
    beyond = (found < 0.05).mean(axis=0)
    assert (beyond < 0.1).all(), dict(zip(range(9), beyond, strict=False))
    assert (beyond > 0.005).all()


def test_thirty_features_raise_nothing_by_chance() -> None:
    reference = known(drawn(0, 30, 8000))
    assert [raised(reference, drawn(seed, 30)) for seed in range(1, 21)] == [set()] * 20


def test_one_feature_that_moves_is_named(reference: Reference) -> None:
    rows = drawn(1)
    rows[:, 1] *= 2
    assert "f1" in raised(reference, rows)
    assert not {"f0", "f2"} & raised(reference, rows)


def test_columns_that_come_apart_are_seen_jointly_and_not_one_by_one(reference: Reference) -> None:
    rows = drawn(1)
    rows[:, 1] = np.random.default_rng(2).permutation(rows[:, 1])
    found = raised(reference, rows)
    assert drift.JOINTLY in found
    assert not {"f0", "f1", "f2"} & found


def test_what_goes_missing_is_seen(reference: Reference) -> None:
    rows = drawn(1)
    rows[: WINDOW // 5, 2] = np.nan
    assert "f2" in raised(reference, rows)


def test_a_column_that_no_longer_varies_is_a_shift_like_any_other(reference: Reference) -> None:
    rows = drawn(1)
    rows[:, 0] = 1.0
    assert {"f0", drift.JOINTLY, drift.PREDICTIONS} <= raised(reference, rows)
    assert all(np.isfinite([each.p, each.effect]).all() for each in checks(reference, rows))


def test_a_column_that_never_varied_and_one_alone_are_judged_too() -> None:
    constant = drawn(0, 2, 4000)
    constant[:, 1] = 3.0
    then = known(constant)
    now = drawn(1, 2)
    now[:, 1] = 3.0
    assert raised(then, now) == set()
    alone = known(drawn(0, 1, 4000))
    assert raised(alone, drawn(1, 1)) == set()
    assert "f0" in raised(alone, drawn(1, 1) * 2)


def test_a_shift_that_is_certain_and_tiny_is_no_alarm(reference: Reference) -> None:
    many = drawn(1, count=200_000)
    many[:, 1] *= 1.1
    found = {each.subject: each for each in checks(reference, many)}["f1"]
    assert found.p < 1e-3
    assert found.effect < LIMIT
    assert raised(reference, many) == set()


def test_rows_that_resemble_one_another_count_for_less() -> None:
    rows = drawn(0, count=8000)
    alone = known(rows)
    together = alone.model_copy(update={"groups": 800})
    now = drawn(1) * 1.15
    pairs = zip(checks(alone, now), checks(together, now), strict=True)
    assert all(many.p > one.p for one, many in pairs)


def p_values(values: Sequence[float], effect: float = 1.0) -> list[Check]:
    return [Check(str(p), "a", p, effect, 0.5) for p in values]


@pytest.mark.parametrize(
    ("p", "raised"),
    [
        ([0.2, 0.9], [False, False]),
        ([0.004, 0.009], [True, True]),
        ([0.006, 0.009], [False, False]),
        ([0.009, 0.004], [True, True]),
        ([0.004, 0.011], [True, False]),
        ([], []),
    ],
)
def test_holm_judges_the_smallest_against_all_and_the_next_against_the_rest(
    p: list[float], raised: list[bool]
) -> None:
    assert alarming(p_values(p), RATE) == raised


def test_what_nobody_would_notice_raises_nothing_however_certain() -> None:
    assert alarming(p_values([0.0], effect=0.5), RATE) == [False]
