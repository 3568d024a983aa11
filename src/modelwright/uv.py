"""The only door to uv, which comes as a dependency and is never a prerequisite."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess  # nosec B404
from pathlib import Path

from uv import find_uv_bin

from .core.errors import Stop


def sync(project: Path) -> None:
    """Lock *project* against the user's registry and install its environment.

    Raises:
        Stop: with uv's own reason, such as no network or no supported Python.

    """
    _uv(project, "sync", "--quiet")


def install_hooks(project: Path) -> None:
    """Install the pre-commit hooks of *project* from its own environment."""
    _uv(project, "run", "--no-sync", "pre-commit", "install")


def installed(project: Path) -> bool:
    """Say whether *project* has an environment to run in."""
    return (project / ".venv").is_dir()


def run(project: Path, *command: str) -> int:
    """Run *command* in *project*'s environment, on the user's terminal.

    Returns its exit code. What it prints goes to stderr: our stdout holds one result.
    """
    done = subprocess.run(  # nosec B603
        [_binary(), "run", "--no-sync", *command],
        cwd=project,
        env=_environment(),
        stdout=2,
        check=False,
    )
    return done.returncode


def spelled(*command: str) -> str:
    """Return the line that a user types to run uv with *command*.

    Our own environment may stand on the path of this process only, so it does not count.
    """
    ours = _binary()
    path = os.environ.get("PATH", "").split(os.pathsep)
    elsewhere = os.pathsep.join(part for part in path if part != str(Path(ours).parent))
    return shlex.join(["uv" if shutil.which("uv", path=elsewhere) else ours, *command])


def _binary() -> str:
    """Return the uv that came with us, or the user's own where a distributor left ours out."""
    try:
        return find_uv_bin()
    except FileNotFoundError:
        return "uv"


def _uv(project: Path, *arguments: str) -> None:
    done = subprocess.run(  # nosec B603
        [_binary(), *arguments],
        cwd=project,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Stop(
            f"uv {arguments[0]} failed: {_reason(done.stderr or done.stdout)}",
            fix="mend what uv names, and repeat",
        )


def _environment() -> dict[str, str]:
    """Return our environment without our own virtual environment: the project has one."""
    ours = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _reason(output: str) -> str:
    """Return uv's message on one line, without its warnings and decoration."""
    lines = [line.strip(" \u251c\u2500\u25b6\u2570\u2502\u00d7") for line in output.splitlines()]
    kept = [line for line in lines if line and not line.startswith("warning:")]
    return " ".join(kept)[:600] or "it gave no reason"
