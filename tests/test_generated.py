"""The repository that comes out works on day one, offline, for a teammate, and without us."""

from __future__ import annotations

import csv
import json
import re
import sys
import urllib.request
from pathlib import Path

import pytest
from conftest import tree
from project import Outcome, Project, ask

pytestmark = pytest.mark.slow

PRACTICES = [f"P{number}" for number in range(1, 11)]


def test_day_one_ends_with_a_readiness_page(created: tuple[Project, Outcome]):
    project, outcome = created

    assert outcome.exit == 0, outcome.err
    assert "warning" not in outcome.err
    assert outcome.out.splitlines()[0].endswith("its pipeline is green")
    readiness = json.loads((project.folder / "reports/readiness.json").read_text())
    assert [practice["id"] for practice in readiness["practices"]] == PRACTICES
    states = {practice["id"]: practice["status"] for practice in readiness["practices"]}
    assert states == dict.fromkeys(PRACTICES, "green")
    promises = {each["id"]: each for each in readiness["practices"]}["P9"]["evidence"]
    done = [each["id"] for each in promises["milestones"] if each["state"] == "done"]
    assert done == ["frame", "data", "outcomes", "model"]
    page = (project.folder / "reports/index.html").read_text()
    assert "sample data: rand hie, not your problem" in page.lower()
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page), "the page is self-contained"


def test_git_gets_of_a_run_what_the_release_was_made_from_and_no_model(project: Project):
    untracked = project("git", "status", "--porcelain", "--untracked-files=all").out.splitlines()
    assert len(untracked) == 2
    assert all(
        re.fullmatch(r"\?\? models/linear-\w{8}/(manifest|record)\.json", line)
        for line in untracked
    )
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
    rows = project.sample(25)
    with project.serving() as address:
        answers = [ask(address, row) for row in rows]
        with urllib.request.urlopen(f"{address}/model") as answer:  # noqa: S310
            model = json.load(answer)
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
        contract.write_text(text.replace("required = 0.05", "required = 0.1"))
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
        plain("git", "add", "src")
        refused = plain("git", "commit", "--message", "untidy")
        assert refused.exit != 0
        assert "lint" in refused.out + refused.err
        assert "not found" not in refused.out + refused.err
    finally:
        plain("git", "reset", "--hard", "--quiet")
        file.unlink(missing_ok=True)


def test_nothing_is_asked_of_a_network_at_run_time(project: Project):
    """In a network namespace of its own the pipeline finds no interface but the loopback."""
    ways = [
        ["unshare", "--net"],
        ["unshare", "--map-root-user", "--net"],
        ["sudo", "-n", "unshare", "--net"],
    ]
    alone = next(way for way in ways if project(*way, "true").exit == 0)
    isolated = [*alone, sys.executable, "-c", _LOOPBACK_UP]
    code = "import socket; socket.create_connection(('192.0.2.1', 9), 2)"
    assert "Network is unreachable" in project(*isolated, sys.executable, "-c", code).err

    (project.folder / "reports/evaluate.json").unlink()
    ran = project(*isolated, project.uv, "run", "--no-sync", "churn", "run")
    assert ran.exit == 0, ran.err


# SIOCSIFFLAGS with IFF_UP and IFF_RUNNING, as `ip link set lo up` does; then what was asked for.
_LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
os.execvp(sys.argv[1], sys.argv[1:])
"""
