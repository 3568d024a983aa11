"""What users can type is documented, and what is documented is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Modelwright

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_option_of_new_is_documented(modelwright: Modelwright):
    options = set(re.findall(r"--[a-z-]+", modelwright("new", "--help").out)) - {"--help"}
    page = (ROOT / "docs/new.md").read_text()
    assert len(options) > 10
    assert not [option for option in options if option not in page]


def test_every_question_is_documented_and_there_are_at_most_a_dozen():
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    answers = [name for name, of in questions.items() if name[0] != "_" and of.get("when") != False]  # noqa: E712
    asked = [name for name in answers if questions[name].get("ask", True)]
    page = (ROOT / "docs/new.md").read_text()
    assert not [name for name in answers if f"`{name}`" not in page and name != "problem"]
    assert len(asked) <= 12
    assert all(questions[name]["help"] for name in asked)


def test_ci_runs_what_the_readme_says():
    command = (ROOT / ".ci/run").read_text().splitlines()[-1].removeprefix("exec ")
    assert f"$ {command}\n" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path):
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]
