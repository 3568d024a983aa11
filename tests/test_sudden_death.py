"""What was acknowledged outlives a kill, 50 times: of feedback, of a promotion, of a reload.

Only `just soak` collects this; the suites of odd projects try five rounds of each in CI.
"""

from __future__ import annotations

import time

import pytest
import soak
from project import Outcome, Project

COVERS = ["template/src/acme_project", "template/tests"]
TESTS = ["tests/test_capture.py", "tests/test_releases.py", "tests/test_traffic.py"]


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost(created: tuple[Project, Outcome]):
    project, _ = created
    began = time.monotonic()
    chosen = ["pytest", "-q", *TESTS, "-k", "outlives_a_kill or is_killed_while"]
    done = project("env", "SOAK=1", project.uv, "run", "--no-sync", *chosen)
    minutes = round((time.monotonic() - began) / 60, 1)
    assert done.exit == 0, done.out
    assert "52 passed" in done.out
    soak.record("sudden-death", COVERS, rounds=50, failed=0, minutes=minutes)
