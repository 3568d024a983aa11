"""How a team settled the conflicts of earlier updates, here or in a repository like it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .core.errors import Stop
from .git import Entry, Landing, Repository, Tree, rerere
from .git.journal import note, noted
from .git.rerere import Conflict, Resolutions

FAR_ENOUGH = 50
_CONFLICTED = "conflicted.json"
_OURS, _THEIRS = 2, 3


def recalled(repo: Repository, file: str, shared: Path | None) -> Resolutions:
    """Return how conflicts were settled before, in *repo* and by those who share a folder.

    What was settled since the last update is kept first, and put into *shared* too; *file* holds
    the answers.
    """
    place = repo.objects.parent / "modelwright/resolutions"
    own, others = rerere.read(place), rerere.read(shared) if shared else {}
    learned = _learned(repo, file)
    if repo.writes:
        rerere.write(place, learned)
        if learned:
            (repo.state / _CONFLICTED).unlink()
        if shared:
            unknown = {name: own[name] for name in own.keys() - others.keys()}
            rerere.write(shared, {**unknown, **learned})
    return {**others, **own, **learned}


def await_resolution(repo: Repository, landing: Landing) -> None:
    """Note the conflicts of *landing*: once they are settled, the next run can tell how."""
    if landing.stages:
        note(repo.state / _CONFLICTED, landing)


def settled_before(
    repo: Repository, stages: Mapping[str, Mapping[int, Entry]], tree: Tree, known: Resolutions
) -> dict[str, Entry]:
    """Return, by path, the files of *tree* whose conflicts are all among those that are *known*."""
    if not (stages and known):
        return {}
    paths = _plain(stages, tree)
    texts = rerere.replay([_conflict(repo, tree[path], stages[path]) for path in paths], known)
    return {
        path: Entry(tree[path].mode, repo.blob(text))
        for path, text in zip(paths, texts, strict=True)
        if text is not None
    }


def _learned(repo: Repository, file: str) -> Resolutions:
    place = repo.state / _CONFLICTED
    landing = noted(place) if place.exists() else None
    if landing is None:
        return {}
    try:
        marked = repo.tree(landing.after)
        settled = _settled(repo, landing, repo.prefix + file)
        paths = [path for path in _plain(landing.stages, marked) if path in settled]
        conflicts = [_conflict(repo, marked[path], landing.stages[path]) for path in paths]
        return rerere.record(conflicts, [_bytes(repo, settled[path]) for path in paths])
    except Stop:  # the conflict was so long ago that git keeps it no more
        return {}


def _settled(repo: Repository, landing: Landing, own: str) -> Tree:
    """Return the first commit since *landing* that holds it, settled; empty where none does."""
    marked = repo.tree(landing.after)
    since = f"{landing.head}..{repo.head}"
    for commit in repo.git("rev-list", "--reverse", f"-{FAR_ENOUGH}", since).split():
        tree = repo.tree(commit)
        if tree.get(own) == marked.get(own) and not any(
            tree.get(path) == marked.get(path) for path in landing.stages
        ):
            return tree
    return {}


def _plain(stages: Mapping[str, Mapping[int, Entry]], tree: Tree) -> list[str]:
    """Return the paths at which two texts are in conflict."""
    return sorted(
        path
        for path, each in stages.items()
        if path in tree
        and {_OURS, _THEIRS} <= each.keys()
        and all(entry.mode.startswith("100") for entry in each.values())
    )


def _conflict(repo: Repository, marked: Entry, stages: Mapping[int, Entry]) -> Conflict:
    sides = {stage: _bytes(repo, entry) for stage, entry in stages.items()}
    return Conflict(_bytes(repo, marked), sides)


def _bytes(repo: Repository, entry: Entry) -> bytes:
    return repo.text(entry).encode("utf-8", "surrogateescape")
