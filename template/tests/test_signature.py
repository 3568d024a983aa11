from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acme_project.artifact import Model, load

import packaged

NAMES = [*packaged.EXAMPLE]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
likely = st.floats(0, 120) | st.integers(0, 120) | st.sampled_from(packaged.PLANS) | st.none()
rows = st.dictionaries(st.sampled_from(NAMES) | st.text(), anything | likely, max_size=5)
good_rows = st.fixed_dictionaries(
    {
        "age": st.floats(0, 120) | st.integers(0, 120),
        "spending": st.floats(0, 3.4e38),
        "plan": st.sampled_from(packaged.PLANS),
    },
    optional={"visits": st.none() | st.floats(0, 1e9)},
)


@cache
def model() -> Model:
    with TemporaryDirectory() as folder:
        packaged.write(Path(folder))
        return load(Path(folder))


@given(good_rows | rows)
def test_a_row_has_faults_that_name_its_fields_or_gets_a_probability(row: dict[str, Any]) -> None:
    faults = model().check(row)

    if faults:
        assert all(fault.field in NAMES or fault.problem == "is unknown" for fault in faults)
    else:
        (prediction,) = model().predict([row])
        assert 0 <= prediction.probability <= 1


@given(good_rows)
def test_a_row_within_the_signature_has_no_fault(row: dict[str, Any]) -> None:
    assert model().check(row) == []


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"age": True}, "age", "must be a number"),
        ({"age": "42"}, "age", "must be a number"),
        ({"age": [42]}, "age", "must be a number"),
        ({"age": float("nan")}, "age", "must be a finite number"),
        ({"spending": float("inf")}, "spending", "must be a finite number"),
        ({"spending": 10**400}, "spending", "must be a finite number"),
        ({"spending": 1e39}, "spending", "must be a finite number"),
        ({"age": -0.1}, "age", "must be at least 0"),
        ({"age": 120.5}, "age", "must be at most 120"),
        ({"age": None}, "age", "is required"),
        ({"plan": ""}, "plan", "is required"),
        ({"plan": "FREE"}, "plan", "must be one of 'free', '25%', '50%'"),
        ({"plan": 25}, "plan", "must be a string"),
        ({"agee": 42}, "agee", "is unknown"),
        ({"a\n\x1b[31m" + "x" * 99: 1}, "a??[31m" + "x" * 53, "is unknown"),
    ],
)
def test_names_the_field_and_the_fault(change: dict[str, Any], field: str, problem: str) -> None:
    assert model().check(packaged.EXAMPLE | change) == [(field, problem)]


def test_an_optional_feature_may_be_null_or_absent() -> None:
    without = {name: value for name, value in packaged.EXAMPLE.items() if name != "visits"}

    assert model().predict([without]) == model().predict([without | {"visits": None}])
