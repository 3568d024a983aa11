"""Where each repository of a fleet stands; a broken one is a row with the reason."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from .. import builtin, drift, milestones
from ..aside import Cut, Say
from ..core.errors import Stop
from ..core.finding import Severity
from ..core.lineage import Lineage
from ..core.standard import Standard
from ..git import Repository, committed
from ..git.templates import parsed
from ..project import Request, template_of
from ..shelf import Shelf
from .audits import Auditor
from .looking import Run, each, lineage, opened, reason
from .roster import Member

_READINESS = "reports/readiness.json"
_LARGEST = 10**6


@dataclass(frozen=True)
class Row:
    """What is known of one repository; `problem` says why something is not.

    `behind` counts releases, `drift` the template's files that the team changed, `audit` names
    the rules that are broken, by severity, and `at_risk` milestones. None is what is not known.
    """

    name: str
    address: str
    labels: tuple[str, ...] = ()
    template: str = ""
    version: str = ""
    latest: str = ""
    behind: int | None = None
    drift: int | None = None
    audit: Mapping[Severity, tuple[str, ...]] | None = None
    at_risk: tuple[str, ...] | None = None
    ready: str = ""
    updated: str = ""
    problem: str = ""
    fix: str = field(default="", compare=False)


def status(run: Run, today: dt.date) -> Iterator[Row]:
    """Yield a row for each repository, as they are known."""
    milestones.module("board")  # once, and not in each child
    auditor = Auditor.of(run.standard, today, offline=run.offline)
    look = partial(_look, run=run, auditor=auditor)
    for member, found in each(run, run.roster.members, look):
        yield _cut(member, found) if isinstance(found, Stop) else found


def _empty(member: Member) -> Row:
    return Row(member.name, member.shown, member.labels)


def _cut(member: Member, stop: Stop) -> Row:
    """Return what was known when something went on for too long, and what that was."""
    row, at = stop.known if isinstance(stop, Cut) else (_empty(member), "")
    return _broken(row, Stop(f"{at}: {reason(stop)}", fix=stop.fix) if at else stop)


def _broken(row: Row, stop: Stop) -> Row:
    return replace(row, problem=row.problem or reason(stop), fix=row.fix or stop.fix)


def _look(member: Member, shelf: Shelf, say: Say, *, run: Run, auditor: Auditor) -> Row:
    row, parts = _empty(member), dict[str, Callable[[], dict[str, Any]]]()
    with opened(member, run, apart=True) as (repo, place):
        try:
            found, request = lineage(repo, run, shelf)
        except Stop as stop:
            row = _broken(row, stop)
        else:
            row = _recorded(row, repo, found, request)
            folder = None if member.remote else Path(place)
            parts = {
                "latest version": partial(_age, repo, found, request),
                "edits": partial(_drift, repo, request),
                "milestones": partial(_promises, repo, folder, auditor.look.today),
            }
        for name, part in {**parts, "audit": partial(_audited, repo, member, auditor)}.items():
            say((row, name))
            try:
                row = replace(row, **part())
            except Stop as stop:
                row = _broken(row, stop)
        return row


def _recorded(row: Row, repo: Repository, found: Lineage, request: Request) -> Row:
    file = repo.prefix + request.file
    return replace(
        row,
        template=str(replace(found.source, ref=None)),
        version=found.version,
        updated=repo.git("log", "-1", "--format=%cs", repo.head, "--", file).strip(),
    )


def _drift(repo: Repository, request: Request) -> dict[str, Any]:
    """Count what the team changed; what a policy pins is no change of theirs."""
    return {"drift": drift.edited(repo, replace(request, standard=Standard()))}


def _audited(repo: Repository, member: Member, auditor: Auditor) -> dict[str, Any]:
    files = committed.below(repo.git, repo.head, repo.prefix)
    return {"audit": auditor.broken(files, member.shown)}


def _age(repo: Repository, found: Lineage, request: Request) -> dict[str, Any]:
    _, latest, current, _ = drift.newest(repo, found, request)
    template = template_of(found, repo, offline=request.offline)
    known = [number for number, _ in template.releases] if template else []
    if template is None:
        known = [number for each in (*builtin.releases(), latest) if (number := parsed(each))]
    mine = parsed(found.version)
    newer = sum(number > mine for number in known) if mine else 0
    return {"latest": latest, "behind": 0 if current else max(1, newer)}


def _promises(repo: Repository, place: Path | None, today: dt.date) -> dict[str, Any]:
    """Say which milestones are at risk, and how many practices are green.

    Reports are in no commit, so they are read where there is a work tree.
    """
    said: dict[str, Any] = {}
    if place is not None and not (place / ".git").exists():
        place = None
    if place is not None:
        said["ready"] = _ready(place)
    if repo.prefix + milestones.FILE not in repo.tree(repo.ours):
        return said
    if place is None:
        place = repo.root.parent / "files"
        repo.extract(repo.tree(repo.ours), place)
    with milestones.plainly():
        board = milestones.module("board").look(place, today)
    likely = milestones.module("states").CHANCE
    return {**said, "at_risk": tuple(_risky(board, likely))}


def _risky(board: Any, likely: float) -> Iterator[str]:
    """Yield the milestones that are red, held up, moved in silence, or likely to be missed."""
    for one in board.standings:
        name, chances = one.milestone.id, one.forecast
        doubtful = chances is not None and chances.chance < likely
        faulty = any(fault.startswith(f"{name} ") for fault in board.faults)
        if one.red or faulty or doubtful or one.state in {"at risk", "blocked"}:
            yield name


def _ready(place: Path) -> str:
    """Return how many practices are green, as the last run of the project's own found them."""
    file = place / _READINESS
    with suppress(OSError, ValueError, KeyError, TypeError):
        inside = file.resolve().is_relative_to(place.resolve()) and file.is_file()
        if inside and file.stat().st_size <= _LARGEST:
            states = [each["status"] for each in json.loads(file.read_bytes())["practices"]]
            good = sum(state in {"green", "waived"} for state in states)
            return f"{good}/{len(states)}"
    return ""
