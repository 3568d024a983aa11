import stat

import numpy as np
import pytest

from acme_project.contract import Contract
from acme_project.paths import Paths
from acme_project.pseudonyms import KEY_VARIABLE, pseudonym
from acme_project.rows import load
from acme_project.table import read_text

from conftest import ROOT, Workshop

KEY = b"k" * 32


def test_equal_ids_stay_equal_and_only_for_one_key() -> None:
    assert pseudonym("125024", KEY) == pseudonym("125024", KEY)
    assert len({pseudonym(str(number), KEY) for number in range(1000)}) == 1000
    assert pseudonym("125024", KEY) != pseudonym("125024", b"l" * 32)
    assert pseudonym("", KEY) == ""


def test_another_key_changes_names_and_no_figure(
    project: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(project.root)
    contract = Contract.load(paths.contract)
    made = []
    for key in ("k" * 32, "k" * 32, "l" * 32):
        monkeypatch.setenv(KEY_VARIABLE, key)
        assert project("data").code == 0
        made.append((paths.table.read_bytes(), load(paths, contract).development))
    (first, rows), (again, _), (other, others) = made
    assert first == again != other
    assert np.array_equal(rows.cluster, others.cluster)
    assert not set(rows.table["person"]) & set(others.table["person"])
    assert not paths.pseudonym_key.exists()


def test_no_raw_id_is_left(project: Workshop) -> None:
    assert project("data").code == 0
    source = read_text(ROOT / "data/sample/rand-hie.csv.gz")
    table = read_text(project.root / "data/table.csv")
    for name in ("person", "family"):
        assert not set(source[name]) & set(table[name])
        assert source[name].nunique() == table[name].nunique()


def test_the_key_is_made_once_for_its_owner_alone(project: Workshop) -> None:
    assert project("data").code == 0
    key = project.root / "data/pseudonyms.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_text("utf-8")
    assert project("data").code == 0
    assert key.read_text("utf-8") == before


def test_a_key_that_can_be_guessed_is_refused(
    project: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    answer = project("data")
    assert answer.code == 2
    assert "fewer than 32 characters" in answer.err
    assert not (project.root / "data/table.csv").exists()


def test_rows_are_not_held_back_by_an_id(project: Workshop) -> None:
    project.edit("contract.toml", r"^holdout = .*$", 'holdout = { column = "family", values = [] }')
    answer = project("data")
    assert answer.code == 2
    assert "holdout names an id" in answer.err
