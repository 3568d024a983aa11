"""The project's own checks, run on a merge before it is written."""

from __future__ import annotations

import os
import subprocess  # nosec B404
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .core.errors import Stop
from .git import Repository

_OURS = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}


@dataclass(frozen=True)
class Checked:
    """What was run on the merged tree, and whether it went well."""

    command: str
    green: bool


def verify(repo: Repository, tree: str, command: str) -> Checked:
    """Run *command*, or the project's own checks, on *tree* in a temporary worktree.

    What it prints goes to stderr.

    Raises:
        Stop: no command is given, and the project names none.

    """
    command = command or _own(repo)
    commit = repo.synthetic(repo.ours, tree)[1]
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        place = Path(made) / (repo.root / repo.prefix).name
        repo.git("worktree", "prune")
        repo.git("worktree", "add", "--quiet", "--detach", str(place), commit)
        try:
            done = subprocess.run(  # nosec B603 B607
                ["sh", "-c", command],
                cwd=place / repo.prefix,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=2,
                check=False,
            )
        finally:
            repo.git.ask("worktree", "remove", "--force", str(place))
    return Checked(command, done.returncode == 0)


def _own(repo: Repository) -> str:
    """Return the project's own checks, from what it has committed."""
    if "check" in (repo.read("justfile") or ""):
        return "uv run just check" if repo.read("pyproject.toml") else "just check"
    for target in ("check", "test"):
        if f"\n{target}:" in "\n" + (repo.read("Makefile") or ""):
            return f"make {target}"
    if repo.read("pyproject.toml"):
        return "uv run pytest"
    raise Stop(
        "the project names no checks of its own",
        why="there is no recipe `check` in a justfile or Makefile, and no pyproject.toml",
        fix="say what to run: --verify 'make lint'",
    )


def _environment() -> dict[str, str]:
    kept = (item for item in os.environ.items() if not item[0].startswith("GIT_"))
    return {name: value for name, value in kept if name not in _OURS}
