"""Git's objects by their content, named as git names them, written many at a time."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .plumbing import Git

_FOLDER = "40000"


@dataclass(frozen=True, order=True)
class Entry:
    """What a path of a tree holds: git's mode and the object's id."""

    mode: str
    oid: str


Tree = Mapping[str, Entry]


def write_tree(git: Git, tree: Tree, algorithm: str) -> str:
    """Put the tree of all paths in *tree* into the object store, its folders before it."""
    made: list[str] = []
    root = _folder(_nested(tree), algorithm, made)
    git("mktree", "-z", "--missing", "--batch", text="\0".join(made) + "\0")
    return root


def write_commits(git: Git, contents: Iterable[str]) -> None:
    """Put commits into the object store, given as git writes them."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        paths = []
        for number, content in enumerate(contents):
            path = Path(made, str(number))
            path.write_text(content, "utf-8")
            paths.append(f"{path}\n")
        git("hash-object", "-w", "-t", "commit", "--no-filters", "--stdin-paths",
            text="".join(paths))  # fmt: skip


def named(kind: str, content: bytes, algorithm: str) -> str:
    """Return the id that git gives to an object."""
    return hashlib.new(algorithm, f"{kind} {len(content)}\0".encode() + content).hexdigest()


def _nested(tree: Tree) -> dict[str, dict | Entry]:
    root: dict[str, dict | Entry] = {}
    for path, entry in tree.items():
        *folders, name = path.split("/")
        at = root
        for folder in folders:
            inner = at.setdefault(folder, {})
            assert isinstance(inner, dict)  # noqa: S101 - git keeps no file and folder of a name  # nosec B101
            at = inner
        at[name] = entry
    return root


def _folder(items: Mapping[str, dict | Entry], algorithm: str, made: list[str]) -> str:
    """Add what `mktree` is to be told of a folder, after its own folders; return its id."""
    entries = []
    for name, item in items.items():
        if isinstance(item, Entry):
            entries.append((name, item.mode.lstrip("0"), item.oid))
        else:
            entries.append((name, _FOLDER, _folder(item, algorithm, made)))
    raw = [
        (f"{name}/" if mode == _FOLDER else name, name, mode, oid) for name, mode, oid in entries
    ]
    raw.sort(key=lambda each: each[0].encode("utf-8", "surrogateescape"))
    kinds = {_FOLDER: "tree", "160000": "commit"}
    told = (
        f"{mode.zfill(6)} {kinds.get(mode, 'blob')} {oid}\t{name}\0" for _, name, mode, oid in raw
    )
    made.append("".join(told))
    content = b"".join(
        f"{mode} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(oid)
        for _, name, mode, oid in raw
    )
    return named("tree", content, algorithm)
