"""The template is a project that runs as it stands: whoever changes it works in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Modelwright
from project import Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of what git knows of it, with an environment of its own."""
    folder = tmp_path_factory.mktemp("living") / "template"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT / "template",
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / "template" / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / "template" / name, folder / name)
    environment = Modelwright(tmp_path_factory.mktemp("home")).environment
    return Project(folder, environment, Path(sys.executable).parent / "uv")


def test_the_template_passes_its_own_checks_unrendered(living: Project):
    checked = living(living.uv, "run", "just", "lint", "types", "test")
    assert checked.exit == 0, checked.out + checked.err
    assert " skipped" not in checked.out


def test_no_dependency_is_missing_or_idle(living: Project):
    checked = living(living.uv, "run", "deptry", "src")
    assert checked.exit == 0, checked.out + checked.err
