"""The service keeps what its OpenAPI document promises, whoever asks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, serving

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-this-test"  # noqa: S105
# An id may look right and be that of no prediction.
SETTINGS = """
[[operations]]
include-path = "/feedback"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422]
"""


@pytest.mark.parametrize("token", ["", TOKEN])
def test_schemathesis_finds_no_fault(project: Project, tmp_path: Path, token: str):
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    environment = project.environment | {
        "OUTCOMES_URL": f"sqlite:///{tmp_path}/outcomes.db",
        "SERVE_TOKEN": token,
    }
    command = [project.folder / ".venv/bin/churn", "serve", "--port", "0"]
    options = ["--checks", "all", "--max-examples", "60", "--seed", "1", "--no-color"]
    options += ["--header", f"Authorization: Bearer {token}"] if token else []
    with serving(command, project.folder, environment) as address:
        done = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis",
                "run",
                f"{address}/openapi.json",
                *options,
            ],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9]\d* passed", done.stdout), done.stdout
