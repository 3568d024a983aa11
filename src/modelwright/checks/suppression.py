"""Findings that a team lives with: in pyproject.toml, each with a reason and an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from ..core import located
from ..core.finding import Finding
from .snapshot import Snapshot

FILE = "pyproject.toml"
_TABLE = ("tool", "modelwright", "audit", "suppress")


@dataclass(frozen=True)
class Suppression:
    """A rule that may be broken below *path* until a day, for a reason."""

    rule: str
    reason: str
    until: dt.date
    path: str = "*"

    def covers(self, finding: Finding, today: dt.date) -> bool:
        """Say whether it holds for a finding of its rule, today."""
        return today <= self.until and fnmatch(finding.path, self.path)


@dataclass(frozen=True)
class Suppressions:
    """Those that can be used, and what is wrong with the others."""

    valid: tuple[Suppression, ...]
    faults: tuple[Finding, ...]


def read(files: Snapshot) -> Suppressions:
    """Return the suppressions of a repository."""
    if FILE not in files.paths:
        return Suppressions((), ())
    found: Any = files.toml(FILE)
    for key in _TABLE:
        found = found.get(key) if isinstance(found, dict) else None
    where = located.lines(files.text(FILE))
    valid, faults = [], []
    for number, each in enumerate(found if isinstance(found, list) else []):
        made = _made(each if isinstance(each, dict) else {})
        if isinstance(made, str):
            faults.append(Finding(FILE, located.nearest(where, (*_TABLE, number)), made))
        else:
            valid.append(made)
    return Suppressions(tuple(valid), tuple(faults))


def _made(given: Mapping[str, Any]) -> Suppression | str:
    """Return what is *given*, or what is wrong with it."""
    for key in ("rule", "reason"):
        if not isinstance(given.get(key), str) or not given[key].strip():
            return f"a suppression has no {key}"
    until, path = given.get("until"), given.get("path", "*")
    if not isinstance(until, dt.date) or isinstance(until, dt.datetime):
        return f"the suppression of {given['rule']} has no day at which it ends"
    if not isinstance(path, str):
        return f"the suppression of {given['rule']} has a path that is no text"
    return Suppression(given["rule"], given["reason"], until, path)
