"""Updates that were left half done: recorded, while what they brought is not in the files."""

from __future__ import annotations

from dataclasses import replace

from . import merge, past
from .core.errors import Stop
from .git import Repository, Tree
from .outlook import Outlook
from .project import Request
from .sides import render_both

_BROUGHT = {"added", "updated", "merged", "merged by key"}


def adrift(outlook: Outlook, request: Request) -> frozenset[str]:
    """Return the rendered files that lack what the template changed in the recorded version.

    They are those that the update to it, made once more, would change without a conflict. A file
    that the team deleted is none of them, and neither is any where the version before is unknown.
    """
    repo, lineage = outlook.repo, outlook.lineage
    former = past.former(repo, lineage, request.file)
    if former is None:
        return frozenset()
    try:
        before = _rendered(repo, past.remembered(repo, former, request.file), request)
    except Stop:
        return frozenset()
    terms = merge.Terms({repo.prefix + request.file}, ("yours", f"template-{lineage.version}"))
    again = merge.three_way(repo, before, outlook.base, terms)
    lacking = {path for path, verdict in again.verdicts.items() if verdict in _BROUGHT}
    return frozenset((lacking & outlook.base.keys()) - _deleted(repo, again.paths("added")))


def _rendered(repo: Repository, known: past.Past, request: Request) -> Tree:
    if known.stored is not None:
        return known.stored
    again = replace(request, to=known.lineage.version, given={}, template="", runs=False,
                    overlays=())  # fmt: skip
    return render_both(repo, known, again).old.tree


def _deleted(repo: Repository, paths: list[str]) -> set[str]:
    """Return which of *paths* a commit deleted."""
    if not paths:
        return set()
    out = repo.git("log", "--format=", "--name-only", "--no-renames", "--diff-filter=D", "-z",
                   repo.head, "--", *(f":(literal){path}" for path in paths))  # fmt: skip
    return set(out.replace("\n", "").split("\0"))
