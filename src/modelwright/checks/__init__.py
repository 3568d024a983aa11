"""The rules of the audit, and how repo-review finds them."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from .conformance import Conforms
from .rule import Rule
from .rules import RULES
from .snapshot import Snapshot
from .suppression import Suppressions
from .suppression import read as suppressions

__all__ = [
    "RULES",
    "Conforms",
    "Rule",
    "Snapshot",
    "Suppressions",
    "by_id",
    "modelwright",
    "suppressions",
]


def by_id() -> dict[str, Rule]:
    """Return every rule by its id: what repo-review asks for."""
    return {rule.id: rule for rule in RULES}


def modelwright(root: Traversable) -> Snapshot:
    """Return the files below *root*: the fixture that the rules take."""
    return Snapshot(root)


def families() -> dict[str, dict[str, str | int]]:
    """Return what repo-review calls each practice, in order."""
    known = sorted({(int(rule.practice[1:]), rule.family) for rule in RULES})
    return {family: {"name": f"Practice P{number}", "order": number} for number, family in known}
