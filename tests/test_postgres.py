"""Outcomes in PostgreSQL: another address, and all else as with the file."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from project import Project, serving

pytestmark = pytest.mark.slow

NOBODY = "nobody"
READ = """
from churn.outcomes import Outcomes
import json
print(json.dumps([[each.id, each.outcome] for each in Outcomes().captured()]))
"""


@dataclass(frozen=True)
class Server:
    """A real server in a folder of its own, on the loopback."""

    programs: Path
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql+psycopg://churn@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *words: str) -> None:
        """Run a program of PostgreSQL's, which root may not."""
        subprocess.run(
            [self.programs / program, "-D", self.folder / "data", *words],
            cwd=self.folder,
            user=NOBODY if os.getuid() == 0 else None,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def start(self) -> None:
        listen = f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories="
        self.run("pg_ctl", "--wait", "--log", str(self.folder / "log"), "-o", listen, "start")

    def kill(self) -> None:
        self.run("pg_ctl", "--wait", "--mode", "immediate", "stop")


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "apt-get install postgresql"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    # Not below pytest's own folders, which nobody but their owner may enter.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, NOBODY)
        made = Server(programs[-1], Path(folder), port)
        made.run("initdb", "--username=churn", "--auth=trust", "--encoding=UTF8", "--no-sync")
        made.start()
        try:
            yield made
        finally:
            made.kill()


@pytest.fixture(scope="module")
def production(
    project: Project, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The project as it is deployed: what serves it, the extra, and the model alone."""
    folder = tmp_path_factory.mktemp("production") / "churn"
    kept = shutil.ignore_patterns(".venv", ".git", "data", "reports")
    shutil.copytree(project.folder, folder, symlinks=True, ignore=kept)
    environment = project.environment | {"OUTCOMES_URL": server.address}
    made = Project(folder, environment, project.uv)
    synced = made(made.uv, "sync", "--no-default-groups", "--extra", "postgres", "--quiet")
    assert synced.exit == 0, synced.err
    return made


@contextmanager
def service(production: Project) -> Generator[str]:
    command = [production.folder / ".venv/bin/churn", "serve", "--port", "0"]
    with serving(command, production.folder, production.environment) as address:
        yield address


def post(address: str, document: Mapping[str, object]) -> tuple[int, Any]:
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    try:
        request = urllib.request.Request(address, body, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def example(production: Project) -> dict[str, Any]:
    version = (production.folder / "models/CURRENT").read_text().strip()
    path = production.folder / "models" / version / "manifest.json"
    return json.loads(path.read_text())


def predicted(address: str, production: Project, count: int = 1) -> list[str | None]:
    rows = [example(production)["example"]] * count
    _, answer = post(f"{address}/predict", {"rows": rows})
    return [each["id"] for each in answer["predictions"]]


def outcomes(ids: list[str | None], production: Project) -> dict[str, object]:
    columns = [each["name"] for each in example(production)["outcome"]]
    return {"outcomes": [{"id": each} | dict.fromkeys(columns, 12.5) for each in ids]}


def test_replicas_share_what_they_hear(production: Project):
    with service(production) as one, service(production) as other:
        ids = predicted(one, production, 200)
        told = outcomes(ids, production)
        with ThreadPoolExecutor(8) as pool:
            asked = [f"{(one, other)[number % 2]}/feedback" for number in range(8)]
            answers = list(pool.map(lambda address: post(address, told), asked))

    assert {status for status, _ in answers} == {200}
    assert sum(answer["new"] for _, answer in answers) == 200
    done = production(production.folder / ".venv/bin/python", "-c", READ)
    kept = dict(json.loads(done.out))
    assert set(ids) <= kept.keys()
    assert all(kept[each] for each in ids)


def test_predictions_go_on_while_the_server_is_away(production: Project, server: Server):
    with service(production) as address:
        assert None not in predicted(address, production)
        server.kill()
        try:
            assert predicted(address, production) == [None]
            status, answer = post(f"{address}/feedback", outcomes(["0f" * 16], production))
            assert (status, answer["title"]) == (503, "nothing can be captured")
        finally:
            server.start()
        ids = predicted(address, production)
        assert None not in ids
        assert post(f"{address}/feedback", outcomes(ids, production))[1]["new"] == 1


def test_a_password_is_not_shown(production: Project):
    secret = "hunter2-hunter2"  # noqa: S105  # pragma: allowlist secret
    address = f"postgresql+psycopg://churn:{secret}@127.0.0.1:1/postgres"
    environment = production.environment | {"OUTCOMES_URL": address}
    command = [production.folder / ".venv/bin/churn", "serve", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=production.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if "captures" in line:
                break
        process.terminate()
        said += process.stderr.read()
    assert "captures NOTHING" in said
    assert secret not in said
