"""What users can type is documented, and what is documented is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Modelwright

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_command_and_its_options_are_documented(modelwright: Modelwright):
    commands = re.findall(r"^  ([a-z]+) ", modelwright("--help").out.partition("Commands")[2], re.M)
    assert {"new", "explain", "update", "check", "diff"} <= set(commands)
    pages = {"check": "update", "diff": "update"}
    for command in commands:
        page = (ROOT / f"docs/{pages.get(command, command)}.md").read_text()
        options = re.findall(r"--[a-z-]+", modelwright(command, "--help").out)
        assert not [each for each in options if each != "--help" and each not in page]


def test_the_pages_about_practices_are_current():
    command = [sys.executable, "tools/practice_pages.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"`just docs` writes them:\n{done.stdout}{done.stderr}"


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
