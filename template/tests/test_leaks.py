import numpy as np
import pandas as pd
import pytest

from acme_project.contract import Contract
from acme_project.leaks import foretells, suspects
from acme_project.sections import Category
from acme_project.table import read_text, typed

from conftest import AS_SHIPPED, ROOT

HEALTH = Category(kind="category", levels=("fair", "good"))
SHIPPED = Contract.load(AS_SHIPPED / "contract.toml")
CONTRACT = SHIPPED.model_copy(update={"features": SHIPPED.features | {"health": HEALTH}})
SAMPLE = ROOT / "data/sample/rand-hie.csv.gz"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return typed(read_text(SAMPLE), CONTRACT, SAMPLE)


def named(frame: pd.DataFrame) -> list[str]:
    return [each["feature"] for each in suspects(frame, CONTRACT)]


def test_no_honest_feature_is_a_suspect(frame: pd.DataFrame) -> None:
    assert named(frame) == []


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_a_noisy_copy_of_the_outcome_is_a_suspect(frame: pd.DataFrame, share: float) -> None:
    random = np.random.default_rng(3)
    outcome = frame["next_year_spending"].to_numpy()
    wrong = random.random(len(frame)) < share
    copied = np.where(wrong, random.permutation(outcome), outcome)
    assert named(frame.assign(age=-copied)) == ["age"]
    levels = np.where(copied > 160, "fair", "good")
    assert named(frame.assign(health=levels)) == ["health"]
    assert set(named(frame.assign(age=copied, health=levels))) == {"age", "health"}


def test_levels_are_not_learnt_by_heart() -> None:
    label = np.random.default_rng(5).random(400) < 0.5
    alone = pd.Series([f"level {number}" for number in range(400)])
    assert foretells(alone, label) == 0.5
    assert foretells(pd.Series(np.where(label, "a", "b")), label) == 1
    assert foretells(pd.Series(np.where(label, np.nan, 1.0)), label) == 1
