import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from acme_project.sections import ColumnValue, MatrixValue
from acme_project.value import best_threshold, gain, intervals

CALL = ColumnValue(kind="column", column="spent", rate=0.25, cap=2000.0, cost=40.0)


def test_a_call_saves_a_share_up_to_the_cap_and_costs_its_price() -> None:
    spent = pd.DataFrame({"spent": [0.0, 160.0, 2000.0, 9000.0]})
    assert gain(spent, np.zeros(4, bool), CALL).tolist() == [-40.0, 0.0, 460.0, 460.0]


def test_a_matrix_compares_acting_with_leaving_alone() -> None:
    worth = MatrixValue(
        kind="matrix",
        true_positive=9.0,
        false_positive=-1.0,
        true_negative=2.0,
        false_negative=-5.0,
    )
    assert gain(pd.DataFrame(index=[0, 1]), np.array([True, False]), worth).tolist() == [14.0, -3.0]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.integers(-9, 9)), min_size=1))
def test_no_threshold_is_worth_more_than_the_best(rows: list[tuple[float, int]]) -> None:
    probability = np.array([p for p, _ in rows])
    gains = np.array([float(g) for _, g in rows])
    chosen = gains[probability >= best_threshold(probability, gains)].sum()
    assert chosen == max(gains[probability >= t].sum() for t in [*probability, np.inf])


def test_intervals_are_paired_and_repeatable() -> None:
    random = np.random.default_rng(1)
    series = random.normal(size=400)
    clusters = np.repeat(np.arange(100), 4)
    first = intervals({"a": series, "a-b": series * 0 + 2.0}, clusters, 0.95, 3)
    assert first["a-b"].low == first["a-b"].mean == first["a-b"].high == 2.0
    assert first == intervals({"a": series, "a-b": series * 0 + 2.0}, clusters, 0.95, 3)


def test_rows_of_one_cluster_count_once() -> None:
    """Four equal rows a family know as much as one, so the interval stays as wide."""
    families = np.random.default_rng(2).normal(size=100)
    alone = intervals({"a": families}, np.arange(100), 0.95, 3)["a"]
    together = intervals({"a": families.repeat(4)}, np.arange(100).repeat(4), 0.95, 3)["a"]
    naive = intervals({"a": families.repeat(4)}, np.arange(400), 0.95, 3)["a"]
    assert together == alone
    assert naive.high - naive.low < 0.7 * (together.high - together.low)


def test_a_95_percent_interval_holds_the_truth_about_95_times_in_100() -> None:
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        sizes = random.integers(1, 6, 80)
        families = np.repeat(random.normal(size=80), sizes)
        series = families + random.normal(size=sizes.sum())
        found = intervals({"a": series}, np.repeat(np.arange(80), sizes), 0.95, seed)["a"]
        held += found.low <= 0.0 <= found.high
    assert 180 <= held <= 198
