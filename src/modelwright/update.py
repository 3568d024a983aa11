"""Bring a project to another version of its template, keeping every edit of the team's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import git, render
from .landing import Landed, Updated, land, refuse_dirty, undoing
from .outlook import Outlook, foresee, patch
from .project import Request, located, looked_at, opened

__all__ = ["Landed", "Request", "Updated", "message", "preview", "take_back", "update"]


def update(project: Path, request: Request, how: Landed) -> Updated:
    """Bring *project* to the version that *request* names, wholly or not at all.

    Raises:
        Stop: the project has uncommitted changes, something is in the way, or git refuses.

    """
    render.begin()
    with opened(project, trusted=request.trusted) as (repo, repaired):
        if not how.branch:
            refuse_dirty(repo)
        outlook = foresee(repo, located(repo, request))
        done = land(repo, Updated(outlook, recovered=repaired), how, message(outlook))
        return replace(done, undo=undoing(project) if done.written and not done.branch else "")


def preview(project: Path, request: Request) -> Outlook:
    """Say what `update` would do, from the same merge."""
    render.begin()
    with looked_at(project, trusted=request.trusted) as repo:
        outlook = foresee(repo, located(repo, request))
        return replace(outlook, patch=patch(outlook))


def message(outlook: Outlook) -> str:
    """Return what a commit of the merge says."""
    conflicts = sorted(outlook.merged.stages)
    before, after = outlook.lineage.version, outlook.version
    way = f"from template {before} to {after}" if before != after else f"at template {after}"
    text = f"Update {way}\n"
    return text + (f"\nWith conflicts in {', '.join(conflicts)}\n" if conflicts else "")


def take_back(project: Path) -> str:
    """Take back the last update; return the commit that the project stands on again."""
    with opened(project) as (repo, _):
        git.undo(repo)
        return repo.git("rev-parse", "--short", "HEAD").strip()
