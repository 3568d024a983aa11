"""What must not be in the way of a landing, since nothing else would save it."""

from __future__ import annotations

import os

from ..core.errors import Stop
from .objects import Tree
from .repository import Repository


def refuse_overwriting(repo: Repository, after: Tree) -> None:
    """Refuse when a file that git does not keep stands where *after* brings another.

    Raises:
        Stop: naming the files.

    """
    before = repo.tree(repo.ours)
    known, hidden = repo.listed()
    incoming = [path for path, entry in after.items() if before.get(path) != entry]
    gone = [path for path in before if path not in after]
    odd = sorted(path for path in [*incoming, *gone] if path in hidden)
    if odd:
        raise Stop(
            f"git was told not to look at {', '.join(odd)}",
            why="the update changes it, and edits of yours could be lost",
            fix="git update-index --no-assume-unchanged --no-skip-worktree FILE, then repeat",
        )
    taken = sorted(
        {path for path in incoming if path not in known and _occupied(repo, path, known)}
    )
    if taken:
        raise Stop(
            f"{len(taken)} files of yours that git does not keep are in the way: "
            f"{', '.join(taken)}",
            why="the new version brings files of these names, and yours would be lost",
            fix="move them away or commit them, then repeat",
        )


def _occupied(repo: Repository, path: str, known: set[str]) -> bool:
    """Whether something that git does not keep stands at *path*, or where a parent would."""
    place = repo.root
    parts = path.split("/")
    for depth, part in enumerate(parts, 1):
        place /= part
        if not os.path.lexists(place):
            return False
        folder = place.is_dir() and not place.is_symlink()
        if depth < len(parts) and not folder:
            return "/".join(parts[:depth]) not in known
        if depth == len(parts) and folder:
            inside = (file for file in place.rglob("*") if not file.is_dir() or file.is_symlink())
            return any(file.relative_to(repo.root).as_posix() not in known for file in inside)
    return True
