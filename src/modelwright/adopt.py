"""Bring a repository that stands already onto a template, with its history and its edits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import beside, former, merge, past, render
from .core.errors import Stop
from .core.lineage import Lineage, Maker, Source, without_credentials
from .detection import Facts
from .former import Found
from .git import Repository
from .git.templates import Origin
from .landing import Landed, Updated, land, refuse_dirty, undoing
from .outlook import Outlook, leave_to_user, marked
from .overlays import current
from .project import Request, governed, looked_at, opened, template_of
from .sides import Job, Side, rendered

__all__ = ["Adopted", "Landed", "Maker", "Request", "Way", "adopt", "preview"]


@dataclass(frozen=True)
class Way:
    """What made a repository, and whether to take away what only its former template brought."""

    maker: Maker = Maker.AUTO
    prune: bool = False


@dataclass(frozen=True)
class Adopted:
    """What an adoption did, what the repository said of itself, and all answers."""

    updated: Updated
    facts: Facts
    answers: Mapping[str, Any]


def adopt(project: Path, request: Request, way: Way, how: Landed) -> Adopted:
    """Bring *project* onto the template that *request* names, wholly or not at all.

    Raises:
        Stop: it is on that template already, has uncommitted changes, something is in the way,
            or what it was made from cannot be rendered.

    """
    render.begin()
    with opened(project, trusted=request.trusted) as (repo, repaired):
        if not how.branch:
            refuse_dirty(repo)
        foreseen = _foreseen(repo, request, way)
        outlook = foreseen.updated.outlook
        message = f"Adopt template {outlook.version}\n"
        done = land(repo, replace(foreseen.updated, recovered=repaired), how, message)
        undo = undoing(project) if done.written and not done.branch else ""
        return replace(foreseen, updated=replace(done, undo=undo))


def preview(project: Path, request: Request, way: Way) -> Adopted:
    """Say what `adopt` would do, from the same merge."""
    render.begin()
    with looked_at(project, trusted=request.trusted) as repo:
        return _foreseen(repo, replace(request, runs=False), way)


def _foreseen(repo: Repository, request: Request, way: Way) -> Adopted:
    _refuse_adopted(repo, request)
    found = former.found(repo, request, way.maker)
    lineage = found.past.lineage
    request = governed(lineage, request)
    old, new, given = _rendered(repo, found, request)
    if repo.prefix + request.file not in new.tree:
        raise Stop(
            f"the template `{without_credentials(request.template)}` records no answers",
            why=f"it brings no {request.file}, so the project could never be updated",
            fix="let it render `{{ _copier_conf.answers_file }}`, or take another template",
        )
    new = marked(repo, lineage, old, new, request)
    lineage = replace(lineage, name=old.version)
    base, theirs = leave_to_user(repo, old, new)
    own = {repo.prefix + file for file in (request.file, found.file) if file}
    terms = merge.Terms(own, ("yours", f"template-{new.version}"), request.structured)
    merged = beside.merged(repo, base, theirs, terms, prune=way.prune)
    told = dict.fromkeys((*old.said, *new.said))
    said = (*told, *_refused(given, new, request), *_left_out(merged))
    outlook = Outlook(repo, lineage, new.version, old.tree, new.tree, merged, said, new.base)
    return Adopted(Updated(outlook), found.facts, new.public)


def _refuse_adopted(repo: Repository, request: Request) -> None:
    """Refuse a project that is on the template already: it is to be updated."""
    text = repo.read(request.file)
    if text is None:
        return
    url = Lineage.parse(text, request.file).source.url
    if _place(repo, url) == _place(repo, request.template):
        raise Stop(
            f"the project is on the template `{without_credentials(url)}` already",
            why="to adopt is to come from another template, or from none",
            fix="modelwright update",
        )


def _place(repo: Repository, url: str) -> str:
    near = repo.root / repo.prefix / url
    place = str(near.resolve()) if near.exists() else without_credentials(url)
    return place.rstrip("/").removesuffix(".git")


def _rendered(
    repo: Repository, found: Found, request: Request
) -> tuple[Side, Side, Mapping[str, Any]]:
    """Return what the repository came from, what it will be, and the answers that it gives."""
    lineage = found.past.lineage
    given = {**request.standard.default, **found.facts.answers(lineage.answers)}
    target = Source(request.template, request.to, request.trusted)
    before = render.Recorded(given, request.file, repo.read, request.runs)
    overlays = current(request.standard, offline=request.offline)
    job = Job(
        repo, target, _origin(repo, request), before, request, "", os.urandom(32),
        overlays=overlays,
    )  # fmt: skip
    with former.dispensable():
        olds = [] if found.past.stored is not None else former.renderings(found, job)
    new, *sides = rendered([job, *olds], tolerant=True)
    if isinstance(new, Stop):
        raise new
    if not olds:
        tree, nothing = found.past.stored or {}, render.Paths()
        return replace(new, tree=tree, version=lineage.version, excluded=nothing), new, given
    renderings = [each for each in sides if isinstance(each, Side)]
    with former.dispensable():
        for stop in sides:
            if isinstance(stop, Stop) and not renderings:
                raise stop
    chosen = past.nearest(repo, [each.tree for each in renderings], found.file)
    return renderings[chosen], new, given


def _origin(repo: Repository, request: Request) -> Origin | None:
    """Return the repository of the template to come onto; None for the built-in one."""
    try:
        return template_of(Lineage(Source(request.template)), repo, offline=request.offline)
    except Stop as stop:
        raise Stop(
            stop.what,
            why="the project is to be updated later, and git knows a template's versions",
            fix="give --template the address of a git repository that can be reached",
        ) from stop


def _refused(given: Mapping[str, Any], new: Side, request: Request) -> Iterator[str]:
    """Say which answers the repository gave in vain."""
    chosen = request.given.keys() | request.standard.pinned.keys()
    for name, value in given.items():
        if name in new.public and name not in chosen and str(new.public[name]) != str(value):
            yield (
                f"{value!r} cannot answer `{name}`: {new.public[name]!r} is taken; "
                f"choose with -d {name}=..."
            )


def _left_out(merged: merge.Merged) -> Iterator[str]:
    if paths := merged.paths("left out"):
        yield (
            f"{len(paths)} files are left out, as git ignores them here or something of yours "
            f"stands in their way: {', '.join(paths)}; once committed, "
            "`modelwright diff --heal PATH` brings one"
        )
