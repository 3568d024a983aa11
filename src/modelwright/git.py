"""The only door to git."""

from __future__ import annotations

import shutil
import subprocess  # nosec B404
from pathlib import Path

from .core.errors import Stop


def start(project: Path) -> None:
    """Make *project* a repository with the branch `main`.

    Raises:
        Stop: git is missing or fails.

    """
    _git(project, "init", "--quiet", "--initial-branch=main")


def commit_all(project: Path, message: str) -> None:
    """Commit every file of *project*.

    Hooks don't run: what a fresh rendering holds is proven where the template is tested.

    Raises:
        Stop: git has no identity to commit with, or fails otherwise.

    """
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--no-verify", "--message", message)


def _git(project: Path, *arguments: str) -> str:
    if shutil.which("git") is None:
        raise Stop("git is not installed", fix="install git, for example with your package manager")
    done = subprocess.run(  # nosec B603 B607
        ["git", "-C", str(project), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Stop(f"git {arguments[0]} failed: {_reason(done.stderr)}")
    return done.stdout


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("tell me who you are" in line for line in lines):
        return "git does not know your name and e-mail address (git config --global user.email)"
    return lines[-1] if lines else "it gave no reason"
