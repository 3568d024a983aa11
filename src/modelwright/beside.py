"""Lay a template's files beside those that stand already, and never over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import merge
from .git import Entry, Repository, Tree


def merged(
    repo: Repository, base: Tree, theirs: Tree, terms: merge.Terms, *, prune: bool = False
) -> merge.Merged:
    """Merge three ways, where there is a base; what else stands in *repo* stays as it is.

    Files that stand count as the team's own version of the template's: the verdict is "kept".
    So it is of what only the former template brought, unless *prune* takes away what nobody
    edited of it. What has no room is left out.
    """
    ours = repo.tree(repo.ours)
    lasting = {path: ours[path] for path in ours if path in theirs or path not in base}
    blocked = set(_blocked(theirs.keys() - base.keys(), lasting))
    theirs = {path: entry for path, entry in theirs.items() if path not in blocked}
    standing = (theirs.keys() & ours.keys()) - base.keys() - {*terms.own}
    base = {**base, **{path: theirs[path] for path in standing}}
    longer = _ignored_still(repo, base.keys() - standing, theirs)
    base, theirs = {**base, **{path: ours[path] for path in longer}}, {**theirs, **longer}
    result = merge.three_way(repo, base, theirs, terms)
    verdicts: dict[str, merge.Verdict] = {**result.verdicts, **dict.fromkeys(blocked, "left out")}
    verdicts |= {path: "kept" for path in standing if ours[path] != theirs[path]}
    tree = repo.tree(result.tree)
    gone = set() if prune else {*result.paths("deleted")} - {*terms.own}
    gone -= {*_blocked(gone, tree)}
    verdicts |= dict.fromkeys(gone, "kept")
    whole = repo.write({**tree, **{path: ours[path] for path in gone}})
    return replace(result, tree=whole, verdicts=verdicts)


def _ignored_still(repo: Repository, paths: set[str], theirs: Tree) -> dict[str, Entry]:
    """Return the ignore files among *paths*, with what the team's own ignore besides.

    Else what a new ignore file forgets, secrets and data, would be committed next.
    """
    ours, found = repo.tree(repo.ours), {}
    for path in paths & ours.keys() & theirs.keys():
        mine, other = ours[path], theirs[path]
        plain = mine.mode.startswith("100") and other.mode.startswith("100")
        if path.rpartition("/")[2] == ".gitignore" and plain and mine != other:
            known = repo.text(other).splitlines()
            lines = [*known, *(each for each in repo.text(mine).splitlines() if each not in known)]
            found[path] = replace(other, oid=repo.blob("".join(f"{each}\n" for each in lines)))
    return found


def _blocked(paths: set[str], ours: Tree) -> Iterator[str]:
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
