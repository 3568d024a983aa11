"""A new repository is there whole or not at all, whatever stops the writing."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import questionary  # noqa: F401 - Python itself may lie where only root may read
from conftest import Modelwright, tree, unprivileged

from modelwright import new, render
from modelwright.core.errors import Stop

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--defaults", "--no-install", "--no-git")


@pytest.mark.parametrize("occupant", ["file", "link", "folder"])
def test_an_occupied_place_is_left_as_it_is(
    modelwright: Modelwright, tmp_path: Path, occupant: str
):
    dest = tmp_path / "churn"
    (tmp_path / "other").mkdir()
    if occupant == "file":
        dest.write_text("mine")
    elif occupant == "link":
        dest.symlink_to(tmp_path / "other")
    else:
        dest.mkdir()
        (dest / "notes.txt").write_text("mine")
    before = tree(tmp_path)

    assert modelwright("new", dest, *QUICK).exit == 2
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["con", "a\nb", "a\x1b[31m", "ends.", "x" * 300, ".git", "a\u202eb", "a:b"]
)
def test_a_folders_name_that_does_not_travel_is_refused(
    modelwright: Modelwright, tmp_path: Path, name: str
):
    done = modelwright("new", tmp_path / name, *QUICK, "-d", "title=Churn")

    assert (done.exit, "is no name for a repository" in done.err) == (2, True), done.err
    assert "\x1b" not in done.err
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_is_filled_where_one_stands_in_it(modelwright: Modelwright, tmp_path: Path):
    (tmp_path / "churn").mkdir(mode=0o750)
    done = modelwright("new", ".", *QUICK, cwd=tmp_path / "churn")

    assert done.exit == 0
    assert (tmp_path / "churn/pyproject.toml").is_file()
    assert (tmp_path / "churn").stat().st_mode & 0o777 == 0o750


def test_a_folder_without_write_permission_is_named(tmp_path: Path):
    (tmp_path / "shut").mkdir(mode=0o555)
    render.prepare()
    with unprivileged(tmp_path):
        with pytest.raises(PermissionError):
            (tmp_path / "shut/x").touch()
        with pytest.raises(Stop) as stopped:
            new.new(tmp_path / "shut/churn", new.Plan(git=False, install=False))

    assert stopped.value.what.startswith(f"cannot write beside `{tmp_path}/shut/churn`")
    assert stopped.value.fix
    assert not list((tmp_path / "shut").iterdir())


# Copier leaves the folders open that it was reading.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path):
    """A limit on the size of files stops the writing in the middle, as a full disk does."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, former[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            (tmp_path / "bites").write_bytes(bytes(200_000))
        with pytest.raises(Stop) as stopped:
            new.new(tmp_path / "deep/er/churn", new.Plan(git=False, install=False))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)

    assert stopped.value.what == f"cannot write `{tmp_path}/deep/er/churn`: File too large"
    assert [path.name for path in tmp_path.iterdir()] == ["bites"]


@pytest.mark.parametrize("delay", [0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0])
def test_a_kill_leaves_all_or_nothing_and_the_next_run_tidies_up(
    modelwright: Modelwright, tmp_path: Path, delay: float
):
    process = subprocess.Popen(
        [sys.executable, "-m", "modelwright", "new", tmp_path / "churn", *QUICK],
        env=modelwright.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()

    if not (tmp_path / "churn").exists():
        assert modelwright("new", tmp_path / "churn", *QUICK).exit == 0
        assert [path.name for path in tmp_path.iterdir()] == ["churn"]
    assert modelwright("new", tmp_path / "whole/churn", *QUICK).exit == 0
    assert tree(tmp_path / "churn") == tree(tmp_path / "whole/churn")
