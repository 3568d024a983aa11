"""Hold any Python repository against the ten practices, without running a line of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import checks
from .checks import Rule, Snapshot, Suppressions
from .core.errors import Stop
from .core.finding import Finding, Severity, Status
from .core.lineage import without_credentials
from .git import committed

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Verdict:
    """What became of one rule, with *reason* where it is neither passed nor failed."""

    rule: Rule
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Audit:
    """What an audit of one repository found; *error* where it could not be looked at at all."""

    place: str
    verdicts: tuple[Verdict, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The rules that are broken."""
        return tuple(each for each in self.verdicts if each.status is Status.FAILED)

    def breaks(self, severities: Sequence[Severity]) -> bool:
        """Say whether a rule of one of *severities* is broken, or nothing could be looked at."""
        return bool(self.error) or any(each.rule.severity in severities for each in self.failed)


def audit_all(
    places: Sequence[str], rules: Sequence[Rule], today: dt.date, *, offline: bool = False
) -> Iterator[Audit]:
    """Audit each of *places*; one that can't be looked at is a row, and never stops the others."""
    for place in places:
        try:
            yield audit(place, rules, today, offline=offline)
        except Stop as stop:
            yield Audit(without_credentials(place), error=f"{stop.what}: {stop.why or stop.fix}")


def audit(place: str, rules: Sequence[Rule], today: dt.date, *, offline: bool = False) -> Audit:
    """Return what *rules* say of a folder, a bare repository or an address.

    Raises:
        Stop: there is none, or it cannot be reached.

    """
    files = Snapshot(_opened(place, offline=offline))
    if not files.paths and not files.unread:
        raise Stop(f"there is nothing to audit in `{place}`", fix="name a repository's folder")
    known = checks.suppressions(files)
    verdicts = tuple(_judged(rule, files, known, today) for rule in rules)
    return Audit(without_credentials(place), verdicts, tuple(sorted(files.unread.items())))


def chosen(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules that *select* names and *ignore* does not: by id, or all of a practice.

    Raises:
        Stop: a name is neither.

    """
    known = checks.by_id()
    names = {*known, *(rule.practice for rule in checks.RULES)}
    for name in (*select, *ignore):
        if name.upper() not in names:
            raise Stop(
                f"there is no rule and no practice `{name}`",
                fix="name a rule such as MW-P6-2, or a practice such as P6; "
                "`modelwright audit --rules` lists them",
            )
    wanted, unwanted = ({name.upper() for name in each} for each in (select, ignore))
    return tuple(
        rule
        for rule in checks.RULES
        if (not wanted or {rule.id, rule.practice} & wanted)
        and not {rule.id, rule.practice} & unwanted
    )


def _opened(place: str, *, offline: bool) -> Traversable:
    """Return the files at *place*: of a work tree as they stand, of a bare one as committed."""
    folder = Path(place).expanduser()
    if folder.is_dir() and not committed.is_bare(folder):
        return folder
    return committed.tree(place, offline=offline)


def _judged(rule: Rule, files: Snapshot, known: Suppressions, today: dt.date) -> Verdict:
    if absent := rule.absent(files):
        return Verdict(rule, Status.SKIPPED, reason=absent)
    findings = tuple(rule.find(files))
    if not findings and (unread := rule.unread(files)):
        reason = f"it rests on files that can't be read: {', '.join(unread[:3])}"
        return Verdict(rule, Status.UNKNOWN, reason=reason)
    open_ = tuple(
        each
        for each in findings
        if not any(one.covers(rule.id, each, today) for one in known.valid)
    )
    if findings and not open_:
        reason = next(one.reason for one in known.valid if one.covers(rule.id, findings[0], today))
        return Verdict(rule, Status.SUPPRESSED, findings, reason)
    ended = [one for one in known.valid if one.rule == rule.id and one.until < today]
    reason = f"its suppression ended on {ended[0].until}" if findings and ended else ""
    return Verdict(rule, Status.FAILED if findings else Status.PASSED, open_, reason)
