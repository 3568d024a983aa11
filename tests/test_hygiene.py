"""Scanners find nothing in a fresh repository; ours is scanned by `just check`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from modelwright import render
from modelwright.core.lineage import Source

BIN = Path(sys.executable).parent
WORKFLOW = """
on: pull_request_target
jobs: {a: {runs-on: ubuntu-latest, steps: [{run: "echo ${{ github.head_ref }}"}]}}
"""
FRESH = [
    {"ci": "github", "deploy": "compose"},
    {"ci": "gitlab", "deploy": "kubernetes", "parts": ["serving", "monitoring", "notebooks"]},
]


@pytest.fixture(params=FRESH, ids=lambda given: given["ci"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    given: dict[str, Any] = request.param
    with render.opened(Source(), tmp_path / "churn") as template:
        template.write(template.answer(given), tmp_path / "churn")
    return tmp_path / "churn"


def files(folder: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.rglob(pattern) if path.is_file())


def test_nothing_is_found_in_a_fresh_repository(fresh: Path):
    schemas = {
        "vendor.github-workflows": files(fresh, ".github/workflows/*.yml"),
        "vendor.dependabot": files(fresh, ".github/dependabot.yml"),
        "vendor.gitlab-ci": files(fresh, ".gitlab-ci.yml"),
        "vendor.compose-spec": files(fresh, "compose.yaml"),
    }
    for schema, checked in schemas.items():
        if checked:
            clean(fresh, "check-jsonschema", "--builtin-schema", schema, *checked)
    if (fresh / ".github").exists():
        clean(fresh, "zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github")
    clean(fresh, "hadolint", "Dockerfile")
    clean(fresh, "bandit", "--quiet", "--recursive", "--severity-level", "low", "src")
    everything = [path for path in files(fresh, "*") if path.suffix != ".gz"]
    clean(fresh, "detect-secrets-hook", "--no-verify", *everything)


@pytest.mark.parametrize(
    ("tool", "name", "content"),
    [
        (
            ["zizmor", "--offline", "--quiet"],
            "w.yml",
            WORKFLOW,
        ),
        (["hadolint"], "Dockerfile", "FROM python\nRUN cd /\n"),
        (["bandit", "--quiet"], "a.py", "import pickle\npickle.loads(b'')\n"),
        (["detect-secrets-hook", "--no-verify"], "a.py", "key = 'AKIA" + "IOSFODNN7EXAMPLE'\n"),
        (
            ["check-jsonschema", "--builtin-schema", "vendor.compose-spec"],
            "c.yaml",
            "services: 1\n",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_scanner_finds_a_planted_fault(
    tmp_path: Path, tool: list[str], name: str, content: str
):
    (tmp_path / name).write_text(content)
    done = subprocess.run(
        [BIN / tool[0], *tool[1:], name], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0


def test_no_registry_and_no_machine_stands_in_our_files():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = listed.stdout.splitlines()
    assert not [name for name in names if name.endswith(("uv.lock", "package-lock.json"))]
    assert "://" not in (ROOT / "constraints.txt").read_text()


def clean(folder: Path, tool: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [BIN / tool, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["contract.toml", "milestones.toml", "CODEOWNERS", "docs/datasheet.md"]
)
def test_the_templates_tests_use_the_sample_as_it_ships(name: str):
    shipped = ROOT / "template" / name
    assert (ROOT / "template/tests/sample" / shipped.name).read_bytes() == shipped.read_bytes()
