"""Hold any Python repository against the ten practices, without running a line of it."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import checks
from .checks import Rule, Snapshot, Suppressions
from .core.errors import Stop
from .core.finding import SEVERITIES, Finding, Severity, Status
from .core.lineage import without_credentials
from .core.standard import Standard
from .git import committed
from .git.addresses import is_elsewhere
from .overlays import current

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ALL = "ALL"


@dataclass(frozen=True)
class Verdict:
    """What became of one rule, why where that needs a word, and whether a policy requires it."""

    rule: Rule
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    required: bool = False


@dataclass(frozen=True)
class Audit:
    """What an audit of one repository found; *error* where it could not be looked at at all.

    It holds for the same files *until* a suppression ends.
    """

    place: str
    verdicts: tuple[Verdict, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    error: str = ""
    until: dt.date = dt.date.max

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The rules that are broken."""
        return tuple(each for each in self.verdicts if each.status is Status.FAILED)

    @property
    def broken(self) -> dict[Severity, tuple[str, ...]]:
        """The ids of the rules that are broken, by severity; a required one is an error.

        What is required and could not be looked at is no better than that.
        """
        unknown = [
            each for each in self.verdicts if each.required and each.status is Status.UNKNOWN
        ]
        bad = [(_weight(each), each.rule.id) for each in (*self.failed, *unknown)]
        return {each: tuple(name for weight, name in bad if weight == each) for each in SEVERITIES}

    def breaks(self, severities: Sequence[Severity]) -> bool:
        """Say whether a rule of one of *severities* is broken, or the repository unknown."""
        return bool(self.error) or any(self.broken[each] for each in severities)


@dataclass(frozen=True)
class Look:
    """How to look: with which rules, on which day; what a policy requires nobody suppresses.

    Rules that are *off* are named in the result, and not run.
    """

    rules: tuple[Rule, ...]
    today: dt.date
    required: frozenset[str] = frozenset()
    offline: bool = False
    off: frozenset[str] = frozenset()


def tried(place: str, look: Look) -> Audit:
    """Audit *place*; where it can't be looked at, the reason is the result."""
    try:
        return audit(place, look)
    except Stop as stop:
        return Audit(without_credentials(place), error=f"{stop.what}: {stop.why or stop.fix}")


def audit(place: str, look: Look) -> Audit:
    """Return what the rules say of a folder, a bare repository or an address.

    Raises:
        Stop: there is none, or it cannot be reached.

    """
    return judged(place, _opened(place, offline=look.offline), look)


@contextmanager
def _uncollected() -> Generator[None]:
    """Collect no garbage: syntax trees are large, hold none, and would be searched every time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def judged(place: str, root: Traversable, look: Look) -> Audit:
    """Return what the rules say of the files below *root*, which is called *place*.

    Raises:
        Stop: there are none.

    """
    files = Snapshot(root)
    if not files.paths and not files.unread:
        raise Stop(f"there is nothing to audit in `{place}`", fix="name a repository's folder")
    known = checks.suppressions(files)
    verdicts = tuple(_judged(rule, files, known, look) for rule in look.rules)
    ends = [one.until for one in known.valid if one.until >= look.today]
    unread = tuple(sorted(files.unread.items()))
    return Audit(without_credentials(place), verdicts, unread, until=min(ends, default=dt.date.max))


def chosen(
    select: Sequence[str], ignore: Sequence[str], required: Mapping[str, str]
) -> tuple[Rule, ...]:
    """Return the rules that *select* names and *ignore* does not: by id, of a practice, or all.

    Raises:
        Stop: a name is neither, or a policy requires what is to be ignored.

    """
    wanted, unwanted = ({name.upper() for name in each} for each in (select, ignore))
    if ALL in wanted:
        wanted = _known()
    for name in sorted((wanted | unwanted) - _known()):
        raise Stop(
            f"there is no rule and no practice `{name}`",
            fix="name a rule such as MW-P6-2, or a practice such as P6; "
            "`modelwright audit --rules` lists them",
        )
    for rule in checks.RULES:
        asked = next((required[name] for name in _names(rule) if name in required), "")
        if asked and unwanted.intersection(_names(rule)):
            raise Stop(
                f"{rule.id} can't be ignored",
                why=f"{asked} requires it of every project",
                fix="leave it in, or have the policy changed",
            )
    return tuple(
        rule
        for rule in checks.RULES
        if (not wanted or wanted.intersection(_names(rule)))
        and not unwanted.intersection(_names(rule))
    )


def demanded(held: Standard, *, offline: bool = False) -> tuple[Rule, ...]:
    """Return the rule that a project conforms to *held*, and the rules that it requires.

    Raises:
        Stop: it requires a rule that does not exist, or an overlay that cannot be reached; file
            and line are named.

    """
    for name, place in held.required.items():
        if name not in _known():
            raise Stop(
                f"{place}: there is no rule and no practice `{name}`",
                fix="`modelwright audit --rules` lists them",
            )
    wanted = [rule for rule in checks.RULES if held.required.keys() & {*_names(rule)}]
    if not held.policies:
        return ()
    return (checks.Conforms(held, current(held, offline=offline)), *wanted)


def looking(
    rules: Sequence[Rule],
    held: Standard,
    today: dt.date,
    *,
    selected: bool = False,
    offline: bool = False,
) -> Look:
    """Return how to look with *rules*, and at conformance to *held*.

    A rule that was measured too little, or was wrong too often, is off unless it is *selected*
    or required.

    Raises:
        Stop: it requires a rule or an overlay that is not there; file and line are named.

    """
    required = frozenset(held.required)
    doubtful = (each for each in rules if each.doubt and not selected)
    off = frozenset(each.id for each in doubtful if not required.intersection(_names(each)))
    conforms = demanded(held, offline=offline)[:1]
    return Look((*rules, *conforms), today, required, offline, off)


def _weight(verdict: Verdict) -> Severity:
    return "error" if verdict.required else verdict.rule.severity


def _known() -> set[str]:
    return {name for rule in checks.RULES for name in _names(rule)}


def _names(rule: Rule) -> tuple[str, str]:
    return rule.id, rule.practice


def _opened(place: str, *, offline: bool) -> Traversable:
    """Return the files at *place*: of a work tree as they stand, of a bare one as committed."""
    folder = Path(place).expanduser()
    if folder.is_dir() and not (is_elsewhere(place) or committed.is_bare(folder)):
        return folder
    return committed.tree(place, offline=offline)


def _judged(rule: Rule, files: Snapshot, known: Suppressions, look: Look) -> Verdict:
    if rule.id in look.off:
        return Verdict(rule, Status.OFF, reason=rule.doubt)
    required = bool(look.required.intersection(_names(rule)))
    absent = rule.absent(files)
    findings = () if absent else tuple(sorted(rule.find(files)))
    unread = rule.unread(files)
    if not findings and unread:
        reason = f"it rests on files that can't be read: {', '.join(unread[:3])}"
        return Verdict(rule, Status.UNKNOWN, reason=reason, required=required)
    if not findings:
        return Verdict(rule, Status.SKIPPED if absent else Status.PASSED, reason=absent)
    about = [one for one in known.valid if one.rule == rule.id and not required]
    covered = {each: one for each in findings for one in about if one.covers(each, look.today)}
    if len(covered) == len(set(findings)):
        return Verdict(rule, Status.SUPPRESSED, findings, covered[findings[0]].reason)
    ended = [one for one in about if one.until < look.today]
    reason = f"its suppression ended on {ended[0].until}" if ended else ""
    left = tuple(each for each in findings if each not in covered)
    return Verdict(rule, Status.FAILED, left, reason, required)
