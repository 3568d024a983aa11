"""Whatever stops an update, the project is wholly as it was, or wholly as it would be."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter

import pytest
import soak
from faults import (
    Fault,
    Scene,
    copy,
    read_only,
    run,
    scene,
    small_disk,
    state,
    stop_while_landing,
    verdict,
)
from updating import standing

pytestmark = pytest.mark.slow
FAULTS = [
    Fault("kill -9 before a call of git", "before", signal.SIGKILL),
    Fault("kill -9 after a call of git", "after", signal.SIGKILL),
    Fault("Ctrl-C before a call of git", "before", signal.SIGINT),
    Fault("SIGTERM before a call of git", "before", signal.SIGTERM),
]
FAILURES = [
    Fault("a call of git that fails (128)", "exit", 128),
    Fault("a call of git that fails without a word (1)", "exit", 1),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    # Whoever is started in the background is deaf to Ctrl-C, and so is whom they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return scene(tmp_path_factory.mktemp("faults"))


def points(made: Scene, fault: Fault) -> list[int]:
    """Return calls of git at which something goes wrong: all of them in a soak, else a few."""
    if soak.SOAKING:
        return list(range(1, made.calls + 1))
    draw = random.Random(fault.what)
    last = made.calls - draw.randrange(4)  # where the work tree is written
    return [draw.randrange(1, made.calls - 4), last]


class Tally(Counter[str]):
    """How faults of one kind ended."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def add(self, ended: str) -> None:
        self["tried"] += 1
        self[ended] += 1

    def keep(self, made: Scene) -> None:
        """Leave a record, in a soak."""
        if not soak.SOAKING:
            return
        file = soak.RECORDS / "update-faults.json"
        kept = json.loads(file.read_text())["faults"] if file.exists() else []
        others = [each for each in kept if each["what"] != self.what]
        mine = {name: self[name] for name in ("tried", "old", "new", "repaired", "mixed")}
        soak.record(
            "update-faults",
            ["src/modelwright/git", "src/modelwright/merge.py", "src/modelwright/update.py"],
            git=git_version(),
            calls=made.calls,
            faults=[*others, {"what": self.what, **mine}],
        )


def git_version() -> str:
    return subprocess.run(
        ["git", "version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_stopped_at_a_call_of_git(made: Scene, fault: Fault):
    tally = Tally(fault.what)
    for point in points(made, fault):
        team = copy(made.root, "stopped")
        run(made.root, team, fault, point)
        tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


@pytest.mark.parametrize(
    ("how", "soaked"), [(signal.SIGKILL, 200), (signal.SIGINT, 50), (signal.SIGTERM, 50)], ids=str
)
def test_stopped_while_it_writes(made: Scene, how: signal.Signals, soaked: int):
    tally = Tally(f"{how.name} within 50 ms after it began to write")
    draw = random.Random(how)
    while tally["tried"] < (soaked if soak.SOAKING else 2):
        team = copy(made.root, "stopped")
        if stop_while_landing(made.root, team, draw.uniform(0, 0.05), how):
            tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


@pytest.mark.parametrize("fault", FAILURES, ids=lambda fault: fault.what)
def test_a_failing_git_is_never_a_success(made: Scene, fault: Fault):
    tally = Tally(fault.what)
    for point in points(made, fault):
        team = copy(made.root, "failed")
        done = run(made.root, team, fault, point)
        left = state(team)
        assert left in (made.before, made.after), point
        if left == made.before:
            assert done.returncode == 2, f"{point}: {done.stderr}"
            assert "Traceback" not in done.stderr
        tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("temporary", [False, True], ids=["project", "temporary"])
def test_a_full_disk_leaves_what_was_there(made: Scene, *, temporary: bool):
    what = "folder for temporary files" if temporary else "project"
    tally = Tally(f"a disk with 0 to 64 KiB free, for the {what}")
    for free in range(0, 65, 4 if soak.SOAKING else 32):
        team = copy(made.root, "full")
        with small_disk(made.root, free, None if temporary else team) as disk:
            team = team if temporary else standing(disk / "full")
            done = run(made.root, team, TMPDIR=str(disk if temporary else made.root))
            assert done.returncode in {1, 2}, done.stderr
            assert "Traceback" not in done.stderr
            assert (state(team) == made.after) == (done.returncode == 1)
            assert state(team) in (made.before, made.after)
            tally.add("new" if done.returncode == 1 else "old")
    tally.keep(made)
    assert tally["old"]


@pytest.mark.parametrize("place", [".", "churn", ".git", ".git/objects"])
def test_a_read_only_folder_leaves_what_was_there(made: Scene, place: str):
    tally = Tally(f"a read-only folder `{place}`")
    team = copy(made.root, "read-only")
    with read_only(team / place):
        done = run(made.root, team)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert state(team) == made.before
    tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


def test_of_two_at_once_one_works_and_one_says_who_holds_the_lock(made: Scene):
    team = copy(made.root, "twice")
    code = f"""
import time
from pathlib import Path
from modelwright.project import opened
with opened(Path({str(team.folder)!r})):
    print("held", flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    try:
        done = run(made.root, team)
        assert done.returncode == 2
        assert f"process {holder.pid}" in done.stderr
        assert state(team) == made.before
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert json.loads(run(made.root, team).stdout)["written"]
    assert state(team) == made.after
