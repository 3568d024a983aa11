"""An update that is killed, that git fails, or that runs out of disk: what is there afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from updating import Team, Template, at, line, remove, standing, write

# Every process of the update is in one group, which the wrapper of git is told to end.
WRAPPER = """\
#!/bin/sh
exec 9>>"$FAULT_LOCK"
flock 9
count=$(($(cat "$FAULT_COUNT") + 1))
echo $count > "$FAULT_COUNT"
exec 9>&-
if [ $count = "$FAULT_BEFORE" ]; then kill -9 0; fi
if [ $count = "$FAULT_FAIL" ]; then echo 'fatal: told to fail' >&2; exit 128; fi
"$FAULT_GIT" "$@"
code=$?
if [ $count = "$FAULT_AFTER" ]; then kill -9 0; fi
exit $code
"""


@dataclass(frozen=True)
class State:
    """All that an update may change: files, index, HEAD, and what lies beside them."""

    files: Mapping[str, bytes]
    index: str
    head: str


@dataclass(frozen=True)
class Scene:
    """A project before an update, the same after one, and a folder for copies of it."""

    root: Path
    before: State
    after: State
    calls: int


def scene(root: Path) -> Scene:
    """Make a project whose update adds, changes, renames and removes files, and conflicts."""
    template = Template(root / "template")
    team = Team(root / "team", template)
    team.edit(
        at("text.md", line(3, "mine")),
        at("other.md", line(3, "mine")),
        at(".gitignore", write("ignored.txt\n")),
    )
    at("ignored.txt", write("ignored\n"))(team.folder)
    at("untracked.txt", write("untracked\n"))(team.folder)
    template.release(
        "v2.0.0",
        at("text.md", line(3, "theirs")),
        at("other.md", line(15, "theirs")),
        at("run.sh", remove),
        *(at(f"added/{n}/file.txt", write(f"added {n}\n" * 200)) for n in range(20)),
        at("{{ package }}/main.py", line(9, "theirs")),
    )
    before = state(team)
    whole = copy(root, "whole")
    done = run(root, whole)
    assert done.returncode == 1, done.stderr
    return Scene(root, before, state(whole), int((root / "count").read_text()))


def copy(root: Path, name: str) -> Team:
    shutil.rmtree(root / name, ignore_errors=True)
    shutil.copytree(root / "team", root / name, symlinks=True)
    return standing(root / name)


def state(team: Team) -> State:
    files = {
        path.relative_to(team.folder).as_posix(): path.read_bytes()
        for path in sorted(team.folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(team.folder).parts
    }
    return State(files, team.git("ls-files", "--stage"), team.git("rev-parse", "HEAD"))


def environment(root: Path, **fault: str) -> dict[str, str]:
    """Return an environment in which `git` is the wrapper, set to do *fault*."""
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    write(WRAPPER, 0o755)(tools / "git")
    (root / "count").write_text("0")
    git = shutil.which("git") or "git"
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "FAULT_GIT": git,
        "FAULT_COUNT": str(root / "count"),
        "FAULT_LOCK": str(root / "count.lock"),
        **{name: fault.get(name, "") for name in ("FAULT_BEFORE", "FAULT_AFTER", "FAULT_FAIL")},
        **fault,
    }


def run(root: Path, team: Team, **fault: str) -> subprocess.CompletedProcess[str]:
    """Update *team* while *fault* happens."""
    return subprocess.run(
        [sys.executable, "-m", "modelwright", "update", team.folder, "--json"],
        env=environment(root, **fault),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


def kill_while_landing(root: Path, team: Team, delay: float) -> None:
    """Kill an update *delay* seconds after it has begun to write."""
    process = subprocess.Popen(
        [sys.executable, "-m", "modelwright", "update", team.folder],
        env=environment(root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journal = team.folder / ".git/modelwright/journal.json"
    while process.poll() is None and not journal.exists():
        time.sleep(0.0005)
    time.sleep(delay)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def verdict(made: Scene, team: Team) -> str:
    """Run the update again, and say whether the project is wholly the old or the new one.

    Returns "old" or "new" for the state that the interrupted run left, "repaired" where the next
    run had to make it one of them, and "mixed" where it could not.
    """
    left = state(team)
    run(made.root, team)
    rubbish = [*team.folder.glob(".git/modelwright/.*"), *team.folder.glob(".git/*.lock")]
    if state(team) != made.after or rubbish:
        return "mixed"
    if left == made.before:
        return "old"
    return "new" if left == made.after else "repaired"


@contextmanager
def small_disk(root: Path, free: int) -> Generator[Team]:
    """Yield a copy of the project on a disk that has *free* KiB left."""
    disk = root / "disk"
    disk.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    try:
        shutil.copytree(root / "team", disk / "full", symlinks=True)
        stuffing = os.statvfs(disk).f_bavail * 4096 - free * 1024
        (disk / "stuffing").write_bytes(bytes(max(stuffing, 0)))
        yield standing(disk / "full")
    finally:
        subprocess.run(["umount", disk], check=True)
