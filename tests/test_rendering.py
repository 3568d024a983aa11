"""Every combination of answers gives a repository that is whole, and the same that Copier gives."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, Modelwright, tree

from modelwright import render, vetting
from modelwright.core.lineage import Source

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [
    [],
    ["serving"],
    ["serving", "monitoring"],
    ["notebooks"],
    ["serving", "notebooks"],
    ["serving", "monitoring", "notebooks"],
]
LICENCES = ["proprietary", "MIT", "Apache-2.0", "BSD-3-Clause"]
COMBINATIONS = [
    {"ci": ci, "deploy": deploy, "parts": parts, "licence": LICENCES[number % len(LICENCES)]}
    for number, (ci, deploy, parts) in enumerate(
        itertools.product(["github", "gitlab", "none"], ["compose", "kubernetes", "none"], PARTS)
    )
]
LEFT_OVER = re.compile(r"acme|# copier:|<!-- copier:|#= |<!--=|\{=|=\}", re.I)


def rendered(into: Path, **given: Any) -> dict[str, str]:
    """Render into *into* and return all text, by path; the data stays out."""
    with render.opened(Source(), into) as template:
        template.write(template.answer(given), into)
    return {name: text.decode() for name, text in tree(into).items() if not name.endswith(".gz")}


@pytest.mark.parametrize(
    "given", COMBINATIONS, ids=lambda given: "-".join(map(str, given.values()))
)
def test_every_combination_parses_and_holds_no_sample(tmp_path: Path, given: dict[str, Any]):
    files = rendered(tmp_path / "churn", **given)

    vetting.vet_paths(tmp_path / "churn")
    assert list(vetting.unreadable(tmp_path / "churn")) == []
    for name, text in files.items():
        assert not LEFT_OVER.search(name), name
        assert not (found := LEFT_OVER.search(text)), f"{name}: {found}"
        assert text.endswith("\n") or not text, name
        assert not text.endswith("\n\n"), name


@pytest.mark.parametrize(
    ("given", "there", "gone"),
    [
        ({"ci": "github"}, ".github/workflows/ci.yml", ".gitlab-ci.yml"),
        ({"ci": "gitlab"}, ".gitlab-ci.yml", ".github/workflows/ci.yml"),
        ({"ci": "none"}, "pyproject.toml", ".github/workflows/ci.yml"),
        ({"deploy": "compose"}, "deploy/compose.yaml", "deploy/kubernetes/deployment.yaml"),
        ({"deploy": "kubernetes"}, "deploy/kubernetes/deployment.yaml", "deploy/compose.yaml"),
        ({"deploy": "none"}, "Dockerfile", "deploy/compose.yaml"),
        ({"parts": []}, "src/churn/score.py", "src/churn/serving/serve.py"),
        ({"parts": []}, "src/churn/score.py", "Dockerfile"),
        ({"parts": []}, "src/churn/score.py", "tests/test_serve.py"),
        ({"parts": ["serving"]}, "src/churn/serving/serve.py", "src/churn/serving/telemetry.py"),
        (
            {"parts": ["serving", "monitoring"]},
            "src/churn/serving/telemetry.py",
            "notebooks/explore.ipynb",
        ),
        ({"parts": ["notebooks"]}, "notebooks/explore.ipynb", "deploy/compose.yaml"),
    ],
)
def test_an_answer_brings_its_files_and_no_others(
    tmp_path: Path, given: dict[str, Any], there: str, gone: str
):
    files = rendered(tmp_path / "churn", **given)
    assert there in files
    assert gone not in files


def test_no_python_file_of_the_template_holds_a_tag():
    for path in (ROOT / "template").rglob("*.py"):
        if ".venv" not in path.parts:
            assert not re.search(r"copier:|\{=|=\}|\{%|#= |Acme Project", path.read_text()), path


@pytest.mark.parametrize("package", ["ab", "a_name_of_forty_characters_which_is_long"])
def test_the_length_of_a_name_does_not_upset_the_linter(tmp_path: Path, package: str):
    rendered(tmp_path / "churn", package=package, parts=["serving", "monitoring", "notebooks"])
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", tmp_path / "churn"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_copiers_own_command_gives_the_same_files(modelwright: Modelwright, tmp_path: Path):
    """All but the two lines of the answers file that say where the template came from."""
    modelwright("new", tmp_path / "ours/churn", "--defaults", "--no-install", "--no-git")
    done = subprocess.run(
        [sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "--quiet",
         "--vcs-ref", "HEAD", ROOT, tmp_path / "theirs/churn"],
        env=modelwright.environment,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    ours, theirs = tree(tmp_path / "ours"), tree(tmp_path / "theirs")
    for files in (ours, theirs):
        lines = files["churn/.copier-answers.yml"].decode().splitlines()
        kept = [line for line in lines if not line.startswith(("_commit:", "_src_path:"))]
        assert len(lines) - len(kept) == 2
        files["churn/.copier-answers.yml"] = "\n".join(kept).encode()
    assert ours == theirs
    modes = [_executables(tmp_path / whose / "churn") for whose in ("ours", "theirs")]
    assert modes[0] == modes[1]


def _executables(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o100)
    return {path.relative_to(folder).as_posix() for path in files}
