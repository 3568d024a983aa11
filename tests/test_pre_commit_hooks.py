"""The hooks that other repositories take from this one, through pre-commit itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from updating import Team, Template, at, write


@pytest.mark.slow
def test_the_hooks_run_from_a_clone_of_this_repository(tmp_path: Path):
    team = Team(tmp_path / "team", Template(tmp_path / "template"))
    team.edit(at("milestones.toml", write("nonsense = 1\n")))

    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", ROOT, "--all-files", "--verbose"],
        cwd=team.folder,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "hooks")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"modelwright check\.+Passed", done.stdout)
    assert "current: template v1.0.0" in done.stdout
    assert re.search(r"modelwright audit\.+Failed", done.stdout)
    assert "next: modelwright explain MW-" in done.stdout
    assert re.search(r"modelwright milestones check\.+Failed", done.stdout)
    assert "milestones.toml" in done.stdout
    assert team.status() == ""
