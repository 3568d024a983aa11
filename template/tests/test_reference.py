import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acme_project import artifact, reference
from acme_project.contract import Contract
from acme_project.errors import Stop
from acme_project.reference import Column, Promise
from acme_project.rows import Rows
from acme_project.sections import Category, Number

from conftest import AS_SHIPPED, Workshop

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml").model_copy(
    update={
        "features": {
            "size": Number(kind="number", low=0.0, high=9.0),
            "plan": Category(kind="category", levels=("a", "b"), required=False),
        }
    }
)
PROMISE = Promise(mean=1.0, error=0.1)


def rows(count: int) -> Rows:
    random = np.random.default_rng(count)
    inputs = pd.DataFrame(
        {"size": random.normal(size=count), "plan": random.choice(["a", "b", ""], count)}
    )
    label = inputs["size"].to_numpy() > 0
    return Rows(inputs, inputs, label, np.where(label, 3.0, -1.0), np.arange(count) // 4)


def summarised(count: int) -> reference.Reference:
    made = rows(count)
    probability = 1 / (1 + np.exp(-made.inputs["size"].to_numpy()))
    return reference.summary(made, CONTRACT, probability, probability, PROMISE)


def test_a_number_belongs_to_the_bin_that_ends_with_it() -> None:
    column = Column(ends=(1.0, 5.0), counts=(1, 1, 1, 1))
    assert column.bins([0.0, 1.0, 1.1, 5.0, 9.0, None]).tolist() == [0, 0, 1, 1, 2, 3]


def test_a_number_belongs_where_it_did_in_training_whatever_its_precision() -> None:
    spent = [float(np.float32(cents / 100)) for cents in range(1, 1000)]
    column = Column.of(spent)
    assert column.bins([cents / 100 for cents in range(1, 1000)]).tolist() == (
        column.bins(spent).tolist()
    )


def test_levels_are_counted_apart_from_what_is_missing() -> None:
    assert Column.of(["b", "", "a", "b", None], ("a", "b")).counts == (1, 2, 2)


@pytest.mark.parametrize("cells", [[7.0] * 9, [None] * 9, [0.0] * 8 + [1.0]])
def test_columns_that_hardly_vary_are_counted_too(cells: list[float | None]) -> None:
    column = Column.of(cells)
    assert sum(column.counts) == 9
    assert np.isfinite(column.scores).all()


def test_scores_are_those_of_a_normal_distribution() -> None:
    cells = np.random.default_rng(0).lognormal(size=5000).tolist()
    column = Column.of(cells)
    scores = column.scores[column.bins(cells)]
    assert scores.mean() == pytest.approx(0, abs=0.01)
    assert scores.std() == pytest.approx(1, abs=0.07)
    assert column.scores[-1] == 0


def test_what_is_kept_does_not_grow_with_the_rows() -> None:
    few, many = (summarised(count).model_dump_json() for count in (300, 30_000))
    assert len(many) < 1.3 * len(few)


def test_outcomes_are_kept_by_bins_of_the_probability() -> None:
    found = summarised(1000)
    assert sum(each.rows for each in found.outcomes) == found.rows == 1000
    assert found.groups == 250
    assert [each.gain for each in (found.outcomes[0], found.outcomes[-1])] == [-1.0, 3.0]
    assert found.outcomes[0].positive == 0


def test_covariances_and_spreads_are_those_of_the_scores() -> None:
    made, found = rows(1000), summarised(1000)
    scores = found.scores({name: made.inputs[name].tolist() for name in found.columns})
    products = scores[:, 0] * scores[:, 1]
    assert found.covariance[0][1] == pytest.approx(np.cov(scores.T)[0, 1], abs=1e-5)
    assert found.spread[0][1] == pytest.approx(products.var(), abs=1e-5)


def test_a_promise_is_read_off_its_interval() -> None:
    promise = Promise.of({"mean": 5.0, "low": 5.0 - 1.96, "high": 5.0 + 1.96}, 0.95)
    assert promise.error == pytest.approx(1, abs=1e-4)


def test_a_release_without_a_reference_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "linear-1").mkdir()
    with pytest.raises(Stop, match=r"linear-1 has no reference\.json"):
        reference.read(tmp_path / "linear-1")
    (tmp_path / "linear-1/reference.json").write_text('{"format": 2}')
    with pytest.raises(Stop, match=r"linear-1 has no reference\.json"):
        reference.read(tmp_path / "linear-1")


def test_the_manifest_vouches_for_it(copy: Workshop) -> None:
    version = json.loads(copy.read("reports/package.json"))["version"]
    folder = copy.root / "models" / version
    assert reference.read(folder).rows == json.loads(copy.read("reports/data.json"))["rows"]
    with (folder / reference.REFERENCE).open("a") as file:
        file.write(" ")
    with pytest.raises(Stop, match="altered"):
        artifact.load(copy.root / "models", version)
