"""Lay a template's files beside those that stand already, and never over them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from . import merge
from .git import Repository, Tree


def merged(repo: Repository, base: Tree, theirs: Tree, terms: merge.Terms) -> merge.Merged:
    """Merge three ways, where there is a base; what else stands in *repo* stays as it is.

    Files that stand count as the team's own version of the template's: the verdict is "kept".
    What has no room is left out.
    """
    ours = repo.tree(repo.ours)
    blocked = set(_blocked(theirs.keys() - base.keys(), ours))
    theirs = {path: entry for path, entry in theirs.items() if path not in blocked}
    standing = (theirs.keys() & ours.keys()) - base.keys() - {*terms.own}
    known = {path: theirs[path] for path in standing}
    result = merge.three_way(repo, {**base, **known}, theirs, terms)
    verdicts: dict[str, merge.Verdict] = {**result.verdicts, **dict.fromkeys(blocked, "left out")}
    verdicts |= {path: "kept" for path in standing if ours[path] != theirs[path]}
    return replace(result, verdicts=verdicts)


def _blocked(paths: Collection[str], ours: Tree) -> Iterator[str]:
    """Yield those of *paths* that have no room: a file stands where a folder would, or the reverse.

    Names that differ in their case alone are one name on many machines.
    """
    files = {path.casefold(): path for path in ours}
    folders = {parent.casefold() for path in ours for parent in _parents(path)}
    for path in paths:
        folded = path.casefold()
        above = any(parent.casefold() in files for parent in _parents(path))
        if path not in ours and (above or folded in folders or folded in files):
            yield path


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
