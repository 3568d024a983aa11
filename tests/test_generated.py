"""The repository that comes out works on day one, offline, for a teammate, and without us."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Modelwright, Outcome, tree

pytestmark = pytest.mark.slow

PRACTICES = [f"P{number}" for number in range(1, 11)]


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

    @contextmanager
    def serving(self) -> Generator[str]:
        """Run the service and yield its address."""
        process = subprocess.Popen(
            [self.uv, "run", "--no-sync", "churn", "serve", "--port", "0"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Outcome]:
    home = tmp_path_factory.mktemp("home")
    modelwright = Modelwright(home)
    folder = tmp_path_factory.mktemp("work") / "churn"
    outcome = modelwright("new", folder, "--defaults", "--run")
    uv = Path(sys.executable).parent / "uv"
    return Project(folder, modelwright.environment, uv), outcome


@pytest.fixture
def project(created: tuple[Project, Outcome]) -> Project:
    return created[0]


def test_day_one_ends_with_a_readiness_page(created: tuple[Project, Outcome]):
    project, outcome = created

    assert outcome.exit == 0, outcome.err
    assert "warning" not in outcome.err
    assert outcome.out.splitlines()[0].endswith("its pipeline is green")
    readiness = json.loads((project.folder / "reports/readiness.json").read_text())
    assert [practice["id"] for practice in readiness["practices"]] == PRACTICES
    states = {practice["id"]: practice["status"] for practice in readiness["practices"]}
    assert "red" not in states.values()
    assert {states[name] for name in ("P1", "P5", "P6")} == {"green"}
    page = (project.folder / "reports/index.html").read_text()
    assert "sample data: RAND HIE, not your problem" in page
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page), "the page is self-contained"


def test_what_a_run_makes_is_not_gits_business(project: Project):
    assert project("git", "status", "--porcelain").out == ""
    assert project("git", "log", "--format=%s").out == "Start from template 0.1.0\n"
    assert "uv.lock" in project("git", "ls-files").out.splitlines()


def test_no_sample_word_is_left(project: Project):
    for part in ("reports", "models", "src", "docs"):
        for name, content in tree(project.folder / part).items():
            assert b"acme" not in content.lower(), f"{part}/{name}"


def test_a_second_run_does_nothing_and_says_so(project: Project):
    before = tree(project.folder / "models")
    again = project.churn("run")

    assert again.exit == 0
    assert "nothing has changed" in again.err
    assert tree(project.folder / "models") == before


def test_the_service_answers_with_the_number_of_a_batch(project: Project, tmp_path: Path):
    rows = _sample(project, 25)
    with project.serving() as address:
        answers = [_ask(address, row) for row in rows]
        model = json.load(urllib.request.urlopen(f"{address}/model"))  # noqa: S310
    with (tmp_path / "in.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    scored = project.churn("score", tmp_path / "in.csv", tmp_path / "out.csv")

    assert scored.exit == 0, scored.err
    with (tmp_path / "out.csv").open(newline="") as file:
        batch = list(csv.DictReader(file))
    assert [float(row["probability"]) for row in batch] == [a["probability"] for a in answers]
    assert "not your problem" in json.dumps(model)


def test_a_changed_contract_runs_what_depends_on_it_and_no_more(project: Project):
    contract = project.folder / "contract.toml"
    text = contract.read_text()
    try:
        contract.write_text(text.replace("required = 0.1", "required = 0.2"))
        ran = project.churn("run").err
        assert "gate" in ran
        assert "train " not in ran
    finally:
        contract.write_text(text)
        project.churn("run")


def test_a_teammates_clone_needs_python_pip_and_git_only(project: Project, tmp_path: Path):
    clone = tmp_path / "clone"
    assert project("git", "clone", "--quiet", project.folder, clone).exit == 0
    mate = Project(clone, project.environment, clone / ".uv/bin/uv")
    brought = mate(sys.executable, "-c", _PIP_BRINGS_UV)
    assert brought.exit == 0, brought.err

    checked = mate(mate.uv, "run", "just", "check")
    assert checked.exit == 0, checked.out + checked.err
    assert mate("git", "status", "--porcelain").out == ""
    assert " skipped" not in checked.out


_PIP_BRINGS_UV = """
import subprocess, sys
python = getattr(sys, "_base_executable", sys.executable)
subprocess.run([python, "-m", "pip", "install", "--quiet", "--target", ".uv", "uv"], check=True)
"""


def test_the_hooks_work_in_a_plain_shell(project: Project):
    file = project.folder / "src/churn/untidy.py"
    file.write_text("import os,sys\n")
    plain = Project(project.folder, {**project.environment, "PATH": "/usr/bin:/bin"}, "uv")
    try:
        plain("git", "add", "--all")
        refused = plain("git", "commit", "--message", "untidy")
        assert refused.exit != 0
        assert "lint" in refused.out + refused.err
        assert "not found" not in refused.out + refused.err
    finally:
        plain("git", "reset", "--hard", "--quiet")
        file.unlink(missing_ok=True)


def test_nothing_is_asked_of_a_network_at_run_time(project: Project):
    """In a network namespace of its own the pipeline finds no interface at all."""
    isolated = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--net"]
    bites = project(
        *isolated,
        sys.executable,
        "-c",
        "import socket; socket.create_connection(('1.1.1.1', 80), 2)",
    )
    assert "Network is unreachable" in bites.err

    (project.folder / "reports/evaluate.json").unlink()
    ran = project(*isolated, project.uv, "run", "--no-sync", "churn", "run")
    assert ran.exit == 0, ran.err


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline()):
            return found.group()
    raise AssertionError("the service did not say where it is")


def _sample(project: Project, count: int) -> list[dict[str, str]]:
    """Return rows of the project's table, with the features that the model takes."""
    with (project.folder / "data/table.csv").open(newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    current = (project.folder / "models/CURRENT").read_text().strip()
    manifest = json.loads((project.folder / "models" / current / "manifest.json").read_text())
    names = [feature["name"] for feature in manifest["features"]]
    return [{name: row[name] for name in names} for row in rows]


def _ask(address: str, row: dict[str, str]) -> dict[str, float]:
    values = {name: _number(value) for name, value in row.items() if value != ""}
    request = urllib.request.Request(  # noqa: S310
        f"{address}/predict",
        data=json.dumps({"rows": [values]}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)["predictions"][0]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
