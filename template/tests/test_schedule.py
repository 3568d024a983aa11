"""Retraining is one command, and something runs it when its authors are away (P3)."""

from pathlib import Path

import pytest

from acme_project.cli import source_of
from acme_project.gates.serving import unscheduled

COMMAND = "retrain" if source_of("retrain") else "run"
GITHUB = f"""
on:
  schedule: [{{cron: "0 4 * * 1"}}]
  workflow_dispatch:
jobs:
  again:
    steps:
      - run: .uv/bin/uv run --no-sync acme-project {COMMAND}
"""
GITLAB = f"""
stages: [all]
again:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" && $RETRAIN
  script:
    - .uv/bin/uv run acme-project {COMMAND}
"""
CRONJOB = f"""
kind: Service
---
kind: CronJob
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - args: [sh prepare.sh; acme-project {COMMAND}]
"""


FILES = {
    ".github/workflows/any.yml": GITHUB,
    ".gitlab-ci.yml": GITLAB,
    "deploy/kubernetes/again.yaml": CRONJOB,
}
LACKING = f"nothing runs `acme-project {COMMAND}` on a schedule"


def lacking(root: Path, file: str, text: str) -> list[str]:
    """What is missing where *file* holds *text*."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)
    return unscheduled(root, ".gitlab-ci.yml" if "gitlab" in file else ".github/workflows/ci.yml")


@pytest.mark.parametrize("file", FILES)
def test_somebody_retrains(tmp_path: Path, file: str) -> None:
    assert lacking(tmp_path, file, FILES[file]) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (".github/workflows/any.yml", "schedule", "push"),
        (".github/workflows/any.yml", "- run", "- if: false\n        run"),
        (".github/workflows/any.yml", f" {COMMAND}\n", " ready\n"),
        (".github/workflows/any.yml", f" {COMMAND}\n", f" {COMMAND} || true\n"),
        (".github/workflows/any.yml", "jobs", "{"),
        (".gitlab-ci.yml", '"schedule"', '"push"'),
        (".gitlab-ci.yml", "script", "when: manual\n  script"),
        (".gitlab-ci.yml", "- if", "- when: never\n      if"),
        ("deploy/kubernetes/again.yaml", "CronJob", "Job"),
        ("deploy/kubernetes/again.yaml", f" {COMMAND}]", " ready]"),
        ("deploy/kubernetes/again.yaml", "spec:", "{"),
    ],
)
def test_nobody_retrains(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert old in FILES[file]
    assert lacking(tmp_path, file, FILES[file].replace(old, new)) == [LACKING]
