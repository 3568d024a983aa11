"""What a fresh clone of the project would hold."""

import os
import shutil
import subprocess  # nosec B404
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .errors import Stop


def files(root: Path) -> list[str]:
    """Every file that git keeps or would add, relative to *root*; ignored ones are not there.

    Outside a repository, the rules of .gitignore alone decide.

    Raises:
        Stop: git is not installed.
    """
    found = listed(root, ["--cached", "--others"])
    if not found:
        with tempfile.TemporaryDirectory() as empty:
            git(["init", "--quiet", empty], root)
            found = listed(root, ["--others"], [f"--git-dir={empty}/.git", f"--work-tree={root}"])
    return sorted({name for name in found if (root / name).is_file()})


def listed(root: Path, which: Sequence[str], where: Sequence[str] = ()) -> list[str]:
    names = git([*where, "ls-files", "-z", "--exclude-standard", *which], root)
    return [name for name in names.split("\0") if name]


def git(words: Sequence[str], root: Path) -> str:
    """What git says about *root*, also within a hook; nothing where it refuses."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # nosec B603 B607
            ["git", *words], cwd=root, env=mine, capture_output=True, text=True, check=False
        )
    except OSError:
        raise Stop("git is not installed", fix="install git") from None
    return "" if done.returncode else done.stdout


def make(root: Path, folder: Path, also: Sequence[str] = ()) -> None:
    """Copy a fresh clone of *root* to *folder*; files of *also* come from elsewhere as a rule."""
    for name in {*files(root), *also}:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target)
