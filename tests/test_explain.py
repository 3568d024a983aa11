"""A practice explains itself, in the words that pages and reports use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Modelwright

IDS = [f"P{number}" for number in range(1, 11)]
IDS += [f"{section}{number}" for section in "DMIO" for number in range(1, 8)]


def test_all_practices_and_tests_are_listed(modelwright: Modelwright):
    listed = modelwright("explain", "--json")
    assert [each["id"] for each in json.loads(listed.out)] == IDS
    shown = modelwright("explain").out.splitlines()
    assert shown[0] == "10 practices, and 28 tests of the ML Test Score"
    assert [line.split()[0] for line in shown[1:-1]] == IDS
    assert shown[-1] == "next: modelwright explain P1"


def test_a_practice_says_why_when_where_and_whence(modelwright: Modelwright):
    shown = modelwright("explain", "p6")
    assert (shown.exit, shown.err) == (0, "")
    assert shown.out.startswith("P6: Know the baseline\n")
    for label in ("why:", "how:", "where:", "fix:", "source:"):
        assert f"\n  {label}" in shown.out


@pytest.mark.parametrize("name", [name for name in IDS if name.startswith("P")])
def test_no_practice_leaves_a_question_open(modelwright: Modelwright, name: str):
    said = json.loads(modelwright("explain", name, "--json").out)
    assert not [key for key, text in said.items() if not text]


def test_an_unknown_id_is_refused_with_the_nearest(modelwright: Modelwright):
    assert "why: the nearest are P10, " in (refused := modelwright("explain", "P100")).err
    assert (refused.exit, refused.out) == (2, "")
    assert "why: the nearest are P6\n" in modelwright("explain", "baseline").err
    assert "why: the nearest are P1 to P10, D1 to O7\n" in modelwright("explain", "!").err


def test_a_project_hears_its_own_names(modelwright: Modelwright, tmp_path: Path):
    command = ("explain", "P1", "--json")
    assert "`PROJECT run`" in modelwright(*command, cwd=tmp_path).out
    modelwright("new", tmp_path / "churn-radar", "--defaults", "--no-git", "--no-install")
    assert "`churn-radar run`" in modelwright(*command, cwd=tmp_path / "churn-radar/src").out


def test_explaining_does_not_import_copier(modelwright: Modelwright):
    code = (
        "import sys; from modelwright.explain import entries; from pathlib import Path;"
        "entries(Path.cwd()); assert not {'copier', 'jinja2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env=modelwright.environment, check=True)
