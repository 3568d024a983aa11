"""Odd answers give repositories whose own tests pass; CI runs one of them, `just soak` all."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import soak
from conftest import Modelwright
from project import Project

pytestmark = pytest.mark.slow

EVERYTHING = ["serving", "monitoring", "notebooks"]
SETS: list[dict[str, Any]] = [
    {"title": "Ünïcode \"quoted\" 'title' \\ {{ 7*7 }}", "package": "odd", "parts": EVERYTHING},
    {"package": "a_name_of_forty_characters_which_is_long", "parts": [], "deploy": "none"},
    {"title": "<script>alert(1)</script>", "package": "ab", "ci": "gitlab", "deploy": "kubernetes"},
    {"objective": "yes", "unit": "retained customers", "description": "null", "licence": "MIT"},
    {"objective": "`rm -rf` $(id) ${HOME} %s", "consumers": "a, b: c, - d, #e"},
    {"title": "漢字 🙂", "package": "kanji", "owners": "@a, @b/c, d+e@example.org"},
    {"title": "# copier: if x", "package": "comments", "parts": ["serving"]},
    {"title": "1.10", "package": "version", "description": "*a &b !!python/object"},
    {"title": "[x](javascript:alert(1))", "package": "link", "parts": ["notebooks"]},
    {"objective": '"""', "description": "'''", "unit": "EUR", "ci": "none"},
    {"title": "a | b || c", "package": "table", "licence": "Apache-2.0"},
    {"title": "Trailing \\", "package": "backslash", "licence": "BSD-3-Clause"},
    {"description": "a: b, c #d", "objective": "- item", "package": "yamlish"},
    {"title": "=1+1", "package": "formula", "country": "IN", "launch_date": "2030-01-04"},
    {"title": "x" * 60, "description": "y" * 200, "objective": "z" * 200},
    {"title": "&lt;b&gt; &amp; <!-- x -->", "package": "entities", "parts": ["serving"]},
    {"title": "{0.__class__} %(x)s {x}", "package": "formats", "ci": "gitlab"},
    {"title": "ﬁ ½ Ⅷ", "package": "compat", "deploy": "kubernetes"},
    {"title": "no", "package": "norway", "consumers": "no, yes", "country": "NO"},
    {"title": "2026-01-01", "package": "dated", "owners": "@solo", "parts": EVERYTHING},
]
CHOSEN = SETS if soak.SOAKING else SETS[1:2]
# git's and CI's business changes no file that these tests read.
COVERS = ["copier.yml", "src/modelwright/naming", "src/modelwright/render", "template"]


@pytest.fixture(scope="module")
def _recorded(request: pytest.FixtureRequest) -> Generator[None]:
    began = time.monotonic()
    yield
    failed = request.session.testsfailed
    if soak.SOAKING:
        minutes = round((time.monotonic() - began) / 60, 1)
        soak.record("odd-answers", COVERS, sets=len(CHOSEN), failed=failed, minutes=minutes)


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize("given", CHOSEN, ids=lambda given: next(iter(given.values()))[:20])
def test_the_tests_of_an_odd_project_pass(
    modelwright: Modelwright, tmp_path: Path, given: dict[str, Any]
):
    answers = {**given, "parts": ",".join(given.get("parts", EVERYTHING[:2]))}
    options = [word for name, value in answers.items() for word in ("-d", f"{name}={value}")]
    laid_out = modelwright("new", tmp_path / "churn", "--defaults", *options)
    assert (laid_out.exit, "warning" in laid_out.err) == (0, False), laid_out.err

    project = Project(
        tmp_path / "churn", modelwright.environment, Path(sys.executable).parent / "uv"
    )
    done = project(project.uv, "run", "--no-sync", "pytest", "-q", "-x")
    assert done.exit == 0, done.out
    assert project(project.uv, "run", "--no-sync", "just", "lint", "types", "hooks").exit == 0
    assert project(project.uv, "run", "--no-sync", "deptry", "src").exit == 0
    assert project("git", "status", "--porcelain").out == ""


def test_a_stale_record_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(soak, "RECORDS", tmp_path)
    first = subprocess.run(
        ["git", "rev-list", "--max-parents=0", "HEAD"],
        cwd=soak.ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()[0]  # fmt: skip
    soak.record("now", ["src"], failed=0)
    (tmp_path / "old.json").write_text(
        f'{{"date": "2026-11-22", "commit": "{first}", "covers": ["src"]}}'
    )
    (named,) = soak.stale()
    assert named.startswith("old: 2026-11-22, ")
