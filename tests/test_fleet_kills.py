"""A fleet's update that is killed time and again: each repository is updated, and once."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import soak
from conftest import Modelwright
from fleet import Fleet
from updating import append, at, line, standing

SIZE = 200 if soak.SOAKING else 10
MOST = 20 if soak.SOAKING else 3
COVERS = ["src/modelwright/fleet", "src/modelwright/turns.py", "src/modelwright/aside.py",
          "src/modelwright/git/branches.py"]  # fmt: skip
BRANCH = "modelwright/update"


def make(folder: Path, modelwright: Modelwright) -> Fleet:
    """Lay out a fleet on two versions of a template, with an edit of its own in each repository."""
    fleet = Fleet(folder, modelwright)
    first = fleet.team("r000")
    fleet.template.release("v2.0.0", at("text.md", line(3, "second")))
    second = fleet.team("r001")
    second.update(commit=True)
    fleet.template.release("v3.0.0", at("text.md", line(3, "third")))
    for number in range(2, SIZE):
        copied = folder / f"repos/r{number:03}"
        shutil.copytree((first, second)[number % 2].folder, copied, symlinks=True)
        standing(copied).edit(at("other.md", append(f"mine {number}\n")))
    return fleet


def killed(fleet: Fleet, noted_more: int, pause: float) -> bool:
    """Update the fleet, kill that a *pause* after so many more notes, and say whether it struck."""
    notes = len(journal(fleet))
    process = subprocess.Popen(
        [sys.executable, "-m", "modelwright", "fleet", "update", "--yes", "--jobs", "2"],
        cwd=fleet.folder,
        env=fleet.modelwright.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and len(journal(fleet)) < notes + noted_more:
        time.sleep(0.01)
    try:
        assert process.wait(pause) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        time.sleep(1)  # what it had begun ends
        return True
    return False


def tips(fleet: Fleet) -> dict[str, str]:
    """Return the commit of each branch that is there, by repository."""
    found = fleet.folder.glob(f"repos/*/.git/refs/heads/{BRANCH}")
    return {place.relative_to(fleet.folder).parts[1]: place.read_text() for place in found}


def journal(fleet: Fleet) -> list[str]:
    """Return the lines that the journal has."""
    cache = Path(fleet.modelwright.environment["MODELWRIGHT_CACHE_DIR"])
    return [line for each in cache.glob("fleet/*.jsonl") for line in each.read_text().splitlines()]


def noted(fleet: Fleet) -> Counter[str]:
    """Return how often the journal says that a repository is done."""
    return Counter(json.loads(line)["name"] for line in journal(fleet) if line.endswith("}"))


@pytest.mark.slow
def test_killed_time_and_again_it_updates_each_once_and_misses_none(
    tmp_path: Path, modelwright: Modelwright
):
    fleet = make(tmp_path / "killed", modelwright)
    shutil.copytree(fleet.folder / "repos", tmp_path / "kept", symlinks=True)
    chance, kills, unnoted = random.Random(7), 0, 0
    before = tips(fleet)
    while killed(fleet, chance.randint(1, MOST), chance.uniform(0, 0.2)) and journal(fleet)[
        -1:
    ] != ['"end"']:
        kills += 1
        after = tips(fleet)
        assert after | before == after  # no branch is written twice
        before = after
        unnoted += len(after.keys() - noted(fleet).keys())

    done = noted(fleet)
    assert kills, "none was killed"
    assert done == {f"r{number:03}": 1 for number in range(SIZE)}
    after = tips(fleet)
    assert after | before == after
    killed_trees = trees(fleet)
    shutil.rmtree(fleet.folder / "repos")
    (tmp_path / "kept").rename(fleet.folder / "repos")
    assert set(fleet.states("--yes").values()) == {"updated"}
    assert trees(fleet) == killed_trees
    if soak.SOAKING:
        twice = sum(times > 1 for times in done.values())
        soak.record("fleet-kills", COVERS, repositories=SIZE, kills=kills, unnoted=unnoted,
                    missed=SIZE - len(done), twice=twice)  # fmt: skip


def test_a_line_of_the_journal_that_was_torn_is_not_in_the_way_of_the_next(
    tmp_path: Path, modelwright: Modelwright
):
    fleet = Fleet(tmp_path, modelwright)
    for name in "abc":
        fleet.team(name)
    fleet.template.release("v2.0.0", at("text.md", line(3, "second")))
    fleet("update", "--yes", "--jobs", "1")
    [place] = Path(modelwright.environment["MODELWRIGHT_CACHE_DIR"]).glob("fleet/*.jsonl")
    wish, first, second, *_ = journal(fleet)
    for torn in (second[:40], second):
        place.write_text(f"{wish}\n{first}\n{torn}")
        states = fleet.states("--yes", "--jobs", "1")
        assert states == {"a": "updated", "b": "unchanged", "c": "unchanged"}
        assert noted(fleet) == {"a": 1, "b": 1, "c": 1}


def trees(fleet: Fleet) -> dict[str, str]:
    """Return what each branch holds, by repository."""
    places = sorted(fleet.folder.glob("repos/*"))
    return {place.name: standing(place).git("rev-parse", f"{BRANCH}^{{tree}}") for place in places}
