"""A generated repository, used as its README says."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: its exit code and what it printed."""

    exit: int
    out: str
    err: str


class Project:
    """A generated repository, used as its README says."""

    def __init__(self, folder: Path, environment: dict[str, str], uv: Path | str) -> None:
        self.folder = folder
        self.uv = uv
        # Nothing of this checkout is on the path of a generated repository.
        ours = str(Path(sys.executable).parent)
        path = [part for part in environment["PATH"].split(os.pathsep) if part != ours]
        kept = {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
        self.environment = {**kept, "PATH": os.pathsep.join(path)}

    def __call__(self, *command: str | Path) -> Outcome:
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def churn(self, *arguments: str | Path) -> Outcome:
        return self(self.uv, "run", "--no-sync", "churn", *arguments)

    def serving(self) -> AbstractContextManager[str]:
        """Run the service and yield its address."""
        command = [self.uv, "run", "--no-sync", "churn", "serve", "--port", "0"]
        return serving(command, self.folder, self.environment)

    def sample(self, count: int) -> list[dict[str, str]]:
        """Return rows of the project's table, with the features that the model takes."""
        current = (self.folder / "models/CURRENT").read_text().strip()
        manifest = json.loads((self.folder / "models" / current / "manifest.json").read_text())
        names = [feature["name"] for feature in manifest["features"]]
        with (self.folder / "data/table.csv").open(newline="") as file:
            rows = itertools.islice(csv.DictReader(file), count)
            return [{name: row[name] for name in names} for row in rows]


@contextmanager
def serving(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
) -> Generator[str]:
    """Run a service in *folder* and yield its address."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        # Whoever logs into a pipe that nobody empties stands still when it is full.
        emptied = threading.Thread(target=process.stderr.read)
        try:
            said: list[str] = []
            for line in process.stderr:
                said.append(line)
                if found := re.search(r"http://[\d.]+:\d+", line):
                    emptied.start()
                    yield found.group()
                    return
            raise AssertionError("the service did not say where it is:\n" + "".join(said))
        finally:
            process.terminate()
            if emptied.is_alive():
                emptied.join()


def ask(address: str, row: Mapping[str, str], token: str = "") -> dict[str, float]:
    """Return the service's prediction for one row of text."""
    values = {name: _number(value) for name, value in row.items() if value != ""}
    request = urllib.request.Request(  # noqa: S310
        f"{address}/predict",
        data=json.dumps({"rows": [values]}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)["predictions"][0]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
