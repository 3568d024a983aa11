"""Models reach another machine through a store that speaks S3."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest
from conftest import tree
from project import Project

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket() -> Generator[str]:
    """Start a server that keeps what it is given in memory, with one bucket; its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            made = urllib.request.Request(f"{address}/models", method="PUT")  # noqa: S310
            end = time.monotonic() + 60
            while not opened(made):
                assert time.monotonic() < end, "the store does not start"
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()


def opened(request: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(request):  # noqa: S310
            return True
    except urllib.error.URLError:
        return False


def test_a_release_travels_through_an_s3_store(project: Project, bucket: str, tmp_path: Path):
    environment = project.environment | {
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"),
        "MODELS_URL": "s3://models/churn",
        "AWS_ENDPOINT_URL": bucket,
        "AWS_ACCESS_KEY_ID": "anybody",
        "AWS_SECRET_ACCESS_KEY": "anything",  # pragma: allowlist secret
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    serving = Project(project.folder, environment, project.uv)
    ready = serving(serving.uv, "sync", "--locked", "--no-default-groups", "--extra", "s3")
    assert ready.exit == 0, ready.err

    pushed = serving.churn("models", "push")
    pulled = serving.churn("models", "--models", tmp_path / "models", "pull")

    assert (pushed.exit, pulled.exit) == (0, 0), pushed.err + pulled.err
    current = (tmp_path / "models/CURRENT").read_text().strip()
    assert pulled.out == f"pulled {current}\n"
    assert tree(tmp_path / "models" / current) == tree(project.folder / "models" / current)
