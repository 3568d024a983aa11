"""How a project stands to its template: behind it, edited, or just as it was rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import builtin, checked, git
from .checked import Checked
from .core.errors import Stop
from .core.lineage import Lineage
from .core.overlay import alike
from .git import Repository
from .git.journal import Landing
from .git.preflight import refuse_overwriting
from .git.templates import parsed
from .halfway import adrift
from .outlook import Outlook, foresee, patch
from .overlays import wanted
from .pristine import Status, completed, managed, pristine, status_of
from .project import (
    Request,
    followed,
    governed,
    located,
    looked_at,
    opened,
    recorded,
    template_of,
)


@dataclass(frozen=True)
class Edits:
    """What a team changed since the project was rendered, by file and as a patch.

    A file is adrift that lacks what the template changed in the very version that is recorded.
    """

    version: str
    files: Mapping[str, Status]
    patch: str

    @property
    def adrift(self) -> tuple[str, ...]:
        """Return the files that an update was recorded for, and did not reach."""
        return tuple(path for path, status in self.files.items() if status == "adrift")

    @property
    def edited(self) -> bool:
        """Say whether a file of the template's is not as it was rendered."""
        return any(status not in {"pristine", "added"} for status in self.files.values())


def check(project: Path, request: Request, *, look_ahead: bool = True) -> Checked:
    """Compare the recorded version and overlays with today's; unless alike, *look_ahead*: merge.

    Raises:
        Stop: the project records no template, or the template cannot be reached.

    """
    request = replace(request, runs=False)
    with looked_at(project, trusted=request.trusted) as repo:
        request = completed(repo, located(repo, request))
        lineage = recorded(repo, request)
        request = governed(lineage, request)
        version, latest, current, commits = newest(repo, lineage, request)
        overlays = wanted(request.standard, lineage.overlays, offline=request.offline)
        current = current and alike(overlays, lineage.overlays)
        request = replace(request, overlays=overlays)
        if current or not look_ahead:
            unforeseen = "" if current else "only versions were compared"
            return Checked(version, latest, current, unforeseen=unforeseen)
        place = _place(repo, lineage, request, commits)
        if found := checked.known(place):
            return found
        try:
            merged = foresee(repo, request).merged
        except Stop as stop:
            return Checked(version, latest, current, unforeseen=stop.what)
        conflicts = tuple(sorted(merged.stages))
        found = Checked(version, latest, current, tuple(merged.touched), conflicts)
        checked.remember(place, found)
        return found


def _place(repo: Repository, lineage: Lineage, request: Request, commits: list[str]) -> Path:
    """Return where a check of this project and these *commits* of its template is remembered."""
    decides = [repo.head, repo.prefix, request.file, *commits, builtin.version()]
    decides += [str(request.trusted), lineage.base, request.record]
    decides += [repr(request.standard.pinned), repr([e.identity for e in request.overlays or ()])]
    key = hashlib.sha256("\0".join(decides).encode()).hexdigest()
    return git.cache() / "checks" / f"{key}.json"


def newest(
    repo: Repository, lineage: Lineage, request: Request
) -> tuple[str, str, bool, list[str]]:
    """Return both versions, whether the project has the latest or a newer one, and both commits.

    Raises:
        Stop: the template cannot be reached.

    """
    repository = template_of(lineage, repo, offline=request.offline)
    version = lineage.version
    if repository is None:
        commit = was = latest = builtin.version()
        same = latest == version
    else:
        commit, latest = repository.resolve(followed(lineage, repository))
        try:
            was, name = repository.resolve(lineage.commit or version)
            version = name if lineage.replay else version
        except Stop:
            if not lineage.base:
                raise
            was = ""  # it is gone, so it is not the latest one
        same = latest == version or was == commit
    old, new = parsed(version), parsed(latest)
    return version, latest, same or bool(was and old and new and old > new), [was, commit]


def edits(project: Path, request: Request) -> Edits:
    """Compare what is committed with what the template rendered, at the recorded version.

    Raises:
        Stop: the recorded version cannot be rendered.

    """
    with looked_at(project, trusted=request.trusted) as repo:
        request = located(repo, request)
        outlook, files, (written, kept) = _compared(repo, request)
        if {"edited", "deleted"} & {*files.values()}:
            lacking = adrift(outlook, request)
            files |= {p: "adrift" for p in lacking if files.get(p) in {"edited", "deleted"}}
        return Edits(outlook.lineage.version, files, repo.patch(written, kept))


def edited(repo: Repository, request: Request) -> int:
    """Return how many files of the template's are not as they were rendered.

    The *request* is `located`.

    Raises:
        Stop: the recorded version cannot be rendered.

    """
    _, files, _ = _compared(repo, request)
    return sum(status not in {"pristine", "added"} for status in files.values())


def _compared(
    repo: Repository, request: Request
) -> tuple[Outlook, dict[str, Status], tuple[str, str]]:
    """Return what was rendered, the status of each file, and the two trees of the template's."""
    outlook = pristine(repo, request)
    base, ours = managed(outlook, request)
    written = repo.write(base)
    moved = repo.renames(written, repo.write(ours))
    files = {path: status_of(base.get(path), ours.get(path)) for path in {*base, *ours}}
    for new, old in moved.items():
        files[new] = "moved"
        del files[old]
    kept = {path: entry for path, entry in ours.items() if path in base or path in moved}
    return outlook, dict(sorted(files.items())), (written, repo.write(kept))


def incoming(project: Path, request: Request) -> Outlook:
    """Return what an update would bring, with its patch."""
    with looked_at(project, trusted=request.trusted) as repo:
        outlook = foresee(repo, located(repo, replace(request, runs=False)))
        return replace(outlook, patch=patch(outlook))


def heal(project: Path, path: str, request: Request) -> str:
    """Bring one file back to what the template rendered, staged; return the recorded version.

    Raises:
        Stop: the template has no such file, or it has changes that are not committed.

    """
    with opened(project, trusted=request.trusted) as (repo, _):
        request = located(repo, request)
        outlook = pristine(repo, request)
        name = path if path in outlook.base else repo.prefix + path
        if name not in outlook.base:
            raise Stop(
                f"the template has no `{path}` at {outlook.version}",
                fix="`modelwright diff` lists its files",
            )
        if name in repo.dirty():
            raise Stop(
                f"`{path}` has changes that are not committed",
                why="they would be lost",
                fix="commit or stash them, then repeat",
            )
        after = {**repo.tree(repo.ours), name: outlook.base[name]}
        refuse_overwriting(repo, after)
        git.journalled(repo, Landing(repo.ours, repo.write(after), {}, repo.head))
        return outlook.version
