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
from faults import Scene, copy, run, scene, small_disk, state, stop_while_landing, verdict

SAMPLED = 6
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene(tmp_path_factory.mktemp("faults"))


def points(made: Scene, salt: str) -> list[int]:
    """Return calls of git at which something goes wrong: all of them in a soak, else a few."""
    if soak.SOAKING:
        return list(range(1, made.calls + 1))
    last = [made.calls - n for n in range(4)]  # where the work tree is written
    return sorted({*last, *random.Random(salt).sample(range(1, made.calls), SAMPLED)})


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


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_call_of_git(made: Scene, when: str):
    tally = Tally(f"kill -9 {when} a call of git")
    for point in points(made, when):
        team = copy(made.root, "killed")
        run(made.root, team, **{f"FAULT_{when.upper()}": str(point)})
        tally.add(verdict(made, team))
    tally.keep(made)
    assert tally["tried"] >= SAMPLED
    assert not tally["mixed"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=str)
def test_stopped_while_it_writes(made: Scene, how: signal.Signals):
    tally = Tally(f"{how.name} within 50 ms after it began to write")
    draw = random.Random(how)
    for _ in range(200 if soak.SOAKING else SAMPLED):
        team = copy(made.root, "stopped")
        stop_while_landing(made.root, team, draw.uniform(0, 0.05), how)
        tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


def test_a_failing_git_is_never_a_success(made: Scene):
    tally = Tally("a call of git that fails")
    for point in points(made, "fail"):
        team = copy(made.root, "failed")
        done = run(made.root, team, FAULT_FAIL=str(point))
        left = state(team)
        assert left in (made.before, made.after), point
        if left == made.before:
            assert done.returncode == 2, f"{point}: {done.stderr}"
            assert "Traceback" not in done.stderr
        tally.add(verdict(made, team))
    tally.keep(made)
    assert not tally["mixed"]


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_leaves_what_was_there(made: Scene):
    tally = Tally("a disk with 0 to 64 KiB free")
    for free in range(0, 65, 4 if soak.SOAKING else 16):
        with small_disk(made.root, free) as team:
            left = state(team)
            done = run(made.root, team)
            assert done.returncode in {1, 2}, done.stderr
            tally.add("new" if state(team) == made.after else "old")
            assert state(team) in (left, made.after)
    tally.keep(made)


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
