"""What git says of a merge that it makes without a work tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..core.errors import Stop
from .objects import Entry
from .plumbing import Git, refuse_old


@dataclass(frozen=True)
class Unmerged:
    """The result of a merge: its tree, and for each conflicted path the stages 1, 2, 3.

    *sides* say which names conflicts bear where the sides could not be given any.
    """

    tree: str
    stages: Mapping[str, Mapping[int, Entry]]
    messages: tuple[str, ...]
    sides: Mapping[str, str] = field(default_factory=dict)


def merge_tree(git: Git, *sides: str) -> Unmerged:
    """Merge two commits.

    Raises:
        Stop: git cannot, or is too old.

    """
    code, out = git.ask("merge-tree", "--write-tree", "--allow-unrelated-histories", "-z", *sides)
    if code > 1:
        refuse_old()
        raise Stop(f"git could not merge: {out}", fix="mend what git names, and repeat")
    return _unmerged(out)


def renamed(merged: Unmerged, names: Mapping[str, str]) -> Unmerged:
    """Let paths that git named after a side bear the side's name."""
    stages = dict(merged.stages)
    for path in merged.stages:
        for side, name in names.items():
            if path.endswith(f"~{side}"):
                stages[path.replace(side, name.replace("/", "_"))] = stages.pop(path)
    return replace(merged, stages=stages, sides=names)


def _unmerged(out: str) -> Unmerged:
    """Read what `merge-tree -z` says: the tree, the stages, and messages."""
    tree, _, rest = out.partition("\0")
    listed, _, told = rest.partition("\0\0")
    stages: dict[str, dict[int, Entry]] = {}
    for line in filter(None, listed.split("\0")):
        found = re.fullmatch(r"(\d+) ([0-9a-f]+) ([123])\t(.*)", line, re.S)
        if found is None:
            told = rest
            break
        mode, oid, stage, path = found.groups()
        stages.setdefault(path, {})[int(stage)] = Entry(mode, oid)
    return Unmerged(tree, stages, tuple(_messages(told)))


def _messages(told: str) -> Iterable[str]:
    """Yield the sentences: each comes after a count of paths, the paths and a kind."""
    words = told.split("\0")
    while words and words[0].strip().isdigit():
        count = int(words[0])
        yield words[count + 2].strip()
        words = words[count + 3 :]
