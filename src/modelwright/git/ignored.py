"""What the `.gitignore` files of a tree say, whatever else is set on this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from .objects import Tree
from .plumbing import Git
from .repository import Repository


def ignored(repo: Repository, tree: Tree, paths: Collection[str]) -> set[str]:
    """Return which of *paths* the `.gitignore` files of *tree* keep out of it."""
    folders = {folder.as_posix() for path in paths for folder in Path(path).parents}
    places = {folder: f"{folder}/.gitignore".removeprefix("./") for folder in folders}
    rules = {folder: tree[place] for folder, place in places.items() if place in tree}
    if not rules:
        return set()
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        git = Git(Path(made))
        git = Git(git.folder, {**git.settings, "core.excludesFile": os.devnull})
        git("init", "--quiet", "--template=")
        for folder, entry in rules.items():
            if entry.mode.startswith("100"):
                (git.folder / folder).mkdir(parents=True, exist_ok=True)
                text = repo.text(entry).encode("utf-8", "surrogateescape")
                (git.folder / folder / ".gitignore").write_bytes(text)
        asked = "".join(f"{path}\0" for path in paths)
        _, out = git.ask("check-ignore", "--no-index", "-z", "--stdin", text=asked)
    return set(filter(None, out.split("\0")))
