"""What a project was rendered as, at the version that it records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from .git import Repository, Tree
from .git.ignored import ignored
from .outlook import Outlook, dated, foresee
from .project import Request, located, looked_at, recorded

Status = Literal["pristine", "edited", "moved", "deleted", "added", "adrift"]


def completed(repo: Repository, request: Request) -> Request:
    """Return *request* with the commit that the project was made from, where none is recorded."""
    return dated(repo, request) if recorded(repo, request).undated else request


def pristine(repo: Repository, request: Request) -> Outlook:
    """Render the recorded version alone: base has the overlays that were laid on it, theirs none.

    Raises:
        Stop: the recorded version or an overlay cannot be had.

    """
    request = completed(repo, request)
    version = recorded(repo, request).version
    return foresee(repo, replace(request, to=version, runs=False, overlays=()))


def overlaid(project: Path, request: Request) -> Mapping[str, Status]:
    """Return what the recorded overlays changed of what the template rendered.

    Raises:
        Stop: the recorded version or an overlay cannot be had.

    """
    with looked_at(project, trusted=request.trusted) as repo:
        request = located(repo, request)
        outlook = pristine(repo, request)
        laid, bare = dict(outlook.base), outlook.theirs
        paths = {*laid, *bare} - {repo.prefix + request.file}
        files = {path: status_of(bare.get(path), laid.get(path)) for path in paths}
        return {path: files[path] for path in sorted(files) if files[path] != "pristine"}


def managed(outlook: Outlook, request: Request) -> tuple[Tree, Tree]:
    """Return what was rendered and what is committed, without the answers file.

    What the project's git does not keep was never the team's to delete.
    """
    repo = outlook.repo
    own = repo.prefix + request.file
    ours = repo.tree(repo.ours)
    kept_out = ignored(repo, ours, outlook.base.keys() - ours.keys())
    return (
        {p: entry for p, entry in outlook.base.items() if p != own and p not in kept_out},
        {p: entry for p, entry in ours.items() if p.startswith(repo.prefix) and p != own},
    )


def status_of(base: object, ours: object) -> Status:
    """Say what became of a file that was *base*, and now is *ours*."""
    if base is None:
        return "added"
    if ours is None:
        return "deleted"
    return "pristine" if base == ours else "edited"
