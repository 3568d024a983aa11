"""Three trees in, one tree and its conflicts out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .git import Entry, Repository, Tree
from .git.ignored import ignored
from .git.rerere import Resolutions
from .resolutions import settled_before

Verdict = Literal[
    "added",
    "updated",
    "merged",
    "merged by key",
    "resolved as before",
    "to be made again",
    "moved with your edits",
    "renamed",
    "deleted",
    "deleted by you and changed",
    "kept",
    "left out",
    "conflict",
]
# Verdicts of files that stay as they are, whatever the template did.
_LEFT_ALONE: Collection[Verdict] = ("kept", "deleted by you and changed", "left out")
# Files that a tool makes, with the command that makes them again: lines of two don't mix.
LOCKS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "pixi.lock": "pixi lock",
    "Pipfile.lock": "pipenv lock",
    "package-lock.json": "npm install --package-lock-only",
    "yarn.lock": "yarn install",
    "pnpm-lock.yaml": "pnpm install --lockfile-only",
    "Cargo.lock": "cargo generate-lockfile",
}
_KEYED = (".toml", ".yaml", ".yml", ".json")
_BASE, _OURS, _THEIRS = 1, 2, 3
# Where a folder is in the way of a file, git puts the file beside it, under the side's name.
_ELSEWHERE = re.compile(r"~modelwright_(yours|template-[^/]*)$")


@dataclass(frozen=True)
class Merged:
    """What a merge makes of a project: the tree, what happened to each path, and conflicts.

    *stages* hold base, ours and theirs of each conflicted path, as git's index does.
    """

    before: str
    tree: str
    verdicts: Mapping[str, Verdict]
    stages: Mapping[str, Mapping[int, Entry]]
    messages: tuple[str, ...] = ()
    sides: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Say whether the project would be another one."""
        return self.tree != self.before or bool(self.stages)

    @property
    def touched(self) -> list[str]:
        """Return the paths that are written, deleted or in conflict."""
        return sorted(path for path, each in self.verdicts.items() if each not in _LEFT_ALONE)

    def paths(self, *verdicts: Verdict) -> list[str]:
        """Return the paths with one of *verdicts*."""
        return sorted(path for path, verdict in self.verdicts.items() if verdict in verdicts)


@dataclass(frozen=True)
class Terms:
    """How to merge.

    In paths that are the tool's `own`, theirs always wins; `labels` name the two sides in
    conflicts; `by_key` lets files of keys and lists be merged by key too, and `known` says how
    conflicts were settled before.
    """

    own: Collection[str]
    labels: tuple[str, str]
    by_key: bool = True
    known: Resolutions = field(default_factory=dict)


def three_way(
    repo: Repository, base: Tree, theirs: Tree, terms: Terms, ours: Tree | None = None
) -> Merged:
    """Merge what the template changed from *base* to *theirs* into *ours*, or what is committed."""
    migrated, ours = ours, dict(ours or repo.tree(repo.ours))
    base = {path: entry for path, entry in base.items() if path not in terms.own}
    base |= {path: ours[path] for path in terms.own if path in ours}
    if base == theirs:
        return Merged(repo.ours, repo.ours, {}, {})
    written = repo.write(base, onto=repo.ours)
    merged = repo.merge(written, repo.write(theirs, onto=repo.ours), terms.labels, migrated)
    result = dict(repo.tree(merged.tree))
    stages, settled = _settled(merged.stages, result)
    settled |= _keep_locks((base, ours, theirs), stages, result)
    if terms.by_key:
        settled |= _settle_by_key(repo, stages, result)
    for path, entry in settled_before(repo, stages, result, terms.known).items():
        result[path], settled[path] = entry, "resolved as before"
        del stages[path]
    settled |= _leave_out(repo, (base, ours, theirs), stages, result)
    tree = repo.write(result) if settled else merged.tree
    mine = repo.ours if migrated is None else repo.write(ours)
    moved = (repo.renames(written, mine), repo.renames(mine, tree))
    verdicts = _verdicts(base, ours, theirs, result, moved) | settled
    verdicts |= dict.fromkeys(stages, "conflict")
    return Merged(repo.ours, tree, verdicts, stages, merged.messages, merged.sides)


def _settled(
    stages: Mapping[str, Mapping[int, Entry]], result: dict[str, Entry]
) -> tuple[dict[str, Mapping[int, Entry]], dict[str, Verdict]]:
    """Settle what only one side still has, in *result*; return the conflicts that are left.

    What the user deleted stays deleted; what the template deleted and the user edited stays.
    """
    left, settled = {}, dict[str, Verdict]()
    for path, each in stages.items():
        if _ELSEWHERE.search(path):
            left[path] = each
        elif each.keys() == {_BASE, _THEIRS}:
            result.pop(path, None)
            settled[path] = "deleted by you and changed"
        elif each.keys() == {_BASE, _OURS} and path in result:
            result[path] = each[_OURS]
            settled[path] = "kept"
        else:
            left[path] = each
    return left, settled


def _leave_out(
    repo: Repository,
    sides: tuple[Tree, Tree, Tree],
    stages: Collection[str],
    result: dict[str, Entry],
) -> dict[str, Verdict]:
    """Take out of *result* what the template brings and the project's git does not keep."""
    base, ours, theirs = sides
    brought = {path for path, entry in theirs.items() if base.get(path) != entry} | result.keys()
    found = ignored(repo, result, brought - ours.keys() - set(stages))
    for path in found:
        result.pop(path, None)
    return dict.fromkeys(found, "left out")


def _keep_locks(
    sides: tuple[Tree, Tree, Tree],
    stages: dict[str, Mapping[int, Entry]],
    result: dict[str, Entry],
) -> dict[str, Verdict]:
    """Keep, in *result*, the user's own of each lock file that both sides changed."""
    settled: dict[str, Verdict] = {}
    for path, mine in sides[1].items():
        others = {sides[0].get(path), sides[2].get(path)}
        if path.rpartition("/")[2] in LOCKS and None not in others and len({mine, *others}) > 2:  # noqa: PLR2004
            stages.pop(path, None)
            result[path] = mine
            settled[path] = "to be made again"
    return settled


def _settle_by_key(
    repo: Repository, stages: dict[str, Mapping[int, Entry]], result: dict[str, Entry]
) -> dict[str, Verdict]:
    """Settle in *stages* and *result* what `structured` can."""
    settled: dict[str, Verdict] = {}
    if not any(path.endswith(_KEYED) for path in stages):
        return settled
    from . import structured  # noqa: PLC0415 - most merges need no parser

    for path, each in [*stages.items()]:
        if {_OURS, _THEIRS} <= each.keys() and path.endswith(_KEYED):
            sides = [repo.text(each[side]) if side in each else "" for side in (1, 2, 3)]
            text = structured.merge(path, *sides)
            if text is not None:
                result[path] = Entry(each[_OURS].mode, repo.blob(text))
                settled[path] = "merged by key"
                del stages[path]
    return settled


def _verdicts(
    base: Tree, ours: Tree, theirs: Tree, result: Tree, moves: tuple[Mapping[str, str], ...]
) -> dict[str, Verdict]:
    """Say what becomes of each path that the merge changes, or that the template changed."""
    moved_by_you, moved = moves
    found: dict[str, Verdict] = {}
    for path in ours.keys() | result.keys():
        before, after = ours.get(path), result.get(path)
        if before == after:
            continue
        if after is None:
            found[path] = "renamed" if path in moved.values() else "deleted"
        elif before is None:
            found[path] = _arrival(moved.get(path), path, base, ours, theirs)
        elif path in moved_by_you and path not in theirs:
            found[path] = "moved with your edits"
        else:
            found[path] = "updated" if before == base.get(path) else "merged"
    for path in base.keys() - ours.keys() - set(moved_by_you.values()):
        if path not in found and path in theirs and theirs[path] != base[path]:
            found[path] = "deleted by you and changed"
    return found


def _arrival(source: str | None, path: str, base: Tree, ours: Tree, theirs: Tree) -> Verdict:
    """Say what a path is that was not there before, and came from *source* if anywhere."""
    if source is None:
        return "added" if path in theirs else "moved with your edits"
    return "renamed" if ours[source] == base.get(source) else "moved with your edits"
