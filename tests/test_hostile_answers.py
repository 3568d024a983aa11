"""Whatever people type is refused by name, or keeps its value in files that all parse."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from modelwright import render, vetting
from modelwright.core.errors import Stop
from modelwright.core.lineage import Source
from modelwright.naming import derived

SETS = int(os.environ.get("HOSTILE_SETS", "2000"))

# ruff: noqa: E501, RUF001
HOSTILE = [
    "", " ", "x" * 300, "a\nb", "a\tb", "a\0b", "'", '"', "'\"", "\\", "a\\", "{{ 7*7 }}", "{% raw %}",
    "{= 7*7 =}", "# copier: if", "{=# x #=}", "${HOME}", "$(id)", "`id`", ";rm", "..", "/abs/path",
    "C:\\x", "a.", "a ", "con", "nul", "class", "test", "json", "None", "random", "pandas", "1st",
    "Crème", "漢字", "🙂 radar", "a\u202eb", "раypal", "e\u0301", "\x1b[31mred", "yes", "no", "null",
    "1.10", "1e3", "2026-01-01", "- a", "a: b", "#x", "a #x", "&a", "*a", "!!python/object", '"""', "'''",
    "]", "<script>alert(1)</script>", "[x](javascript:alert(1))", "a|b", "a+b@example.org",
    "2026-02-30", "<!-- x", "-->", "a #= b", "Acme", "acme_project", "%s", "{0.__class__}", "=1+1",
    "~", "a, b", ",", "@a", "USD", "\ud800", "a\u2028b", "\ufeff", "x: |", "? a", "@", "%", "\u00a0",
]  # fmt: skip
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"]), max_size=30)
TYPED = st.one_of(PLAIN, PLAIN, PLAIN, st.sampled_from(HOSTILE), st.text(max_size=30))
SENTENCE = st.lists(TYPED, min_size=1, max_size=4).map(" ".join)
FREE = ["title", "objective", "description", "consumers", "unit", "owners"]
NAMED = {"package": "churn_radar", "command": "churn-radar"}
ANSWERS = st.one_of(
    st.sampled_from(FREE[:4]).flatmap(lambda name: st.fixed_dictionaries({name: SENTENCE})),
    st.fixed_dictionaries({"objective": PLAIN, "description": SENTENCE, "title": PLAIN}),
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(FREE, SENTENCE),
            **dict.fromkeys(
                ["package", "command", "launch_date", "country", "ci", "licence"], TYPED
            ),
            "parts": st.lists(st.sampled_from(["serving", "monitoring", "notebooks", "x"])),
        },
    ),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory):
    with render.opened(Source(), tmp_path_factory.mktemp("hostile") / "churn") as opened:
        yield opened


@pytest.fixture(scope="module")
def tally():
    """Prove that the generated sets reach both outcomes."""
    counts: Counter[str] = Counter()
    yield counts
    assert sum(counts.values()) >= SETS
    assert min(counts["refused"], counts["rendered"]) > SETS // 10, counts


@settings(
    max_examples=SETS,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(given_answers=ANSWERS)
def test_no_set_of_answers_breaks_a_repository(
    template: render.Rendering,
    tally: Counter[str],
    tmp_path: Path,
    given_answers: dict[str, Any],
):
    try:
        answers = template.answer({**NAMED, **given_answers})
    except Stop as stop:
        named = [name for name in given_answers if f"`{name}`" in stop.what]
        assert (len(named), bool(stop.fix)) == (1, True), stop.what  # noqa: PT017
        tally["refused"] += 1
        return
    project = tmp_path / "churn"
    try:
        template.write(answers, project)
        vetting.vet_paths(project)
        assert list(vetting.unreadable(project)) == []
        assert_keeps_its_values(project, answers)
    finally:
        shutil.rmtree(project, ignore_errors=True)
    tally["rendered"] += 1


def assert_keeps_its_values(project: Path, answers: dict[str, Any]) -> None:
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {name: recorded[name] for name in answers} == answers
    contract = tomllib.loads((project / "contract.toml").read_text(encoding="utf-8"))
    assert contract["project"]["title"] == answers["title"]
    assert contract["project"]["description"] == answers["description"]
    assert contract["objective"] == {"sentence": answers["objective"], "unit": answers["unit"]}
    assert contract["launch"]["date"] == answers["launch_date"]
    assert contract["launch"]["consumers"] == derived.items(answers["consumers"])
    pyproject = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["description"] == answers["description"]
    assert pyproject["project"]["name"] == answers["command"]
