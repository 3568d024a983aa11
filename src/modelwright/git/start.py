"""The first steps of a repository, as the user's own git takes them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from .plumbing import Git


def start(project: Path) -> None:
    """Make *project* a repository with the branch `main`.

    Raises:
        Stop: git is missing or fails.

    """
    _git(project)("init", "--quiet", "--initial-branch=main")


def keep(project: Path, besides: str, refs: str) -> str:
    """Keep all files of *project* *besides* one below *refs*, as they are; return their tree."""
    plain = {"core.autocrlf": "false", "core.safecrlf": "false", "core.fileMode": "true"}
    tamed = Git(project).tamed()
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        git = replace(tamed, settings={**tamed.settings, **plain}).among(
            GIT_INDEX_FILE=f"{made}/index"
        )
        git("add", "--all", "--force", ".")
        git("rm", "--quiet", "--cached", "--", besides)
        tree = git("write-tree").strip()
        git("update-ref", f"{refs}/{tree}", tree)
        return tree


def commit_all(project: Path, message: str) -> None:
    """Commit every file of *project*.

    Hooks don't run: what a fresh rendering holds is proven where the template is tested.

    Raises:
        Stop: git has no identity to commit with, or fails otherwise.

    """
    _git(project)("add", "--all")
    _git(project)("commit", "--quiet", "--no-verify", "--message", message)


def _git(project: Path) -> Git:
    return Git(project, {})
