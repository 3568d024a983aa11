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

import pytest
from updating import Team, Template, at, line, remove, standing, write

# Every process of the update is in one group, which the wrapper of git is told to end.
WRAPPER = """\
#!/bin/sh
exec 9>>"$FAULT_LOCK"
flock 9
count=$(($(cat "$FAULT_COUNT") + 1))
echo $count > "$FAULT_COUNT"
exec 9>&-
if [ $count = "$FAULT_AT" ]; then echo "$FAULT" > "$FAULT_BITES"; else FAULT=; fi
case "$FAULT" in
    before) kill -"$FAULT_SIGNAL" 0; sleep 1 ;;
    exit) test "$FAULT_CODE" = 1 || echo 'fatal: told to fail' >&2; exit "$FAULT_CODE" ;;
esac
"$FAULT_GIT" "$@"
code=$?
if [ "$FAULT" = after ]; then kill -"$FAULT_SIGNAL" 0; fi
exit $code
"""
# What root may do to any folder, it has to give up for a read-only one to be one.
MORTAL = ["setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a call of git: a signal *before* or *after* it, or its *exit* code."""

    what: str
    when: str
    number: int


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


def environment(root: Path, fault: Fault | None = None, at: int = 0) -> dict[str, str]:
    """Return an environment in which `git` is the wrapper, and call *at* of it has a *fault*."""
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    write(WRAPPER, 0o755)(tools / "git")
    (root / "count").write_text("0")
    (root / "bites").write_text("")
    number = str(fault.number) if fault else ""
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "FAULT": fault.when if fault else "",
        "FAULT_AT": str(at),
        "FAULT_BITES": str(root / "bites"),
        "FAULT_CODE": number,
        "FAULT_COUNT": str(root / "count"),
        "FAULT_GIT": shutil.which("git") or "git",
        "FAULT_LOCK": str(root / "count.lock"),
        "FAULT_SIGNAL": number,
    }


def run(
    root: Path, team: Team, fault: Fault | None = None, at: int = 0, **more: str
) -> subprocess.CompletedProcess[str]:
    """Update *team*, while *fault* happens at call *at* of git; prove that it did."""
    done = subprocess.run(
        [*mortal(), sys.executable, "-m", "modelwright", "update", team.folder, "--json"],
        env={**environment(root, fault, at), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if fault:  # else it would prove nothing
        assert (root / "bites").read_text().strip() == fault.when, at
        assert fault.when == "exit" or stopped(done.returncode, fault.number), done.returncode
    return done


def stopped(code: int, how: int) -> bool:
    """Say whether an exit *code* is that of a process which the signal *how* stopped."""
    return code == (130 if how == signal.SIGINT else -how)


def mortal() -> list[str]:
    """Return what makes permissions count, also where the tests run as root."""
    return MORTAL if os.getuid() == 0 else []


def stop_while_landing(root: Path, team: Team, delay: float, how: signal.Signals) -> bool:
    """Send *how* to an update *delay* seconds after it began to write; say if that stopped it."""
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
        os.killpg(process.pid, how)
    return stopped(process.wait(), how)


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
def small_disk(root: Path, free: int, team: Team | None = None) -> Generator[Path]:
    """Yield a disk that has *free* KiB left, which holds a copy of *team*, if any, as `full`."""
    disk = root / "disk"
    disk.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    try:
        if team:
            shutil.copytree(team.folder, disk / "full", symlinks=True)
        stuffing = os.statvfs(disk).f_bavail * 4096 - free * 1024
        (disk / "stuffing").write_bytes(bytes(max(stuffing, 0)))
        with pytest.raises(OSError, match="No space left"):  # else it would prove nothing
            (disk / "more").write_bytes(bytes((free + 4) * 1024))
        (disk / "more").unlink(missing_ok=True)
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@contextmanager
def read_only(folder: Path) -> Generator[None]:
    """Let nothing be written into *folder* meanwhile, nor into those below it."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*")) if path.is_dir()}
    for path in modes:
        path.chmod(0o555)
    try:
        tried = subprocess.run([*mortal(), "touch", folder / "x"], capture_output=True, check=False)
        assert tried.returncode  # else it would prove nothing
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
