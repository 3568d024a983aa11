"""The rules of the audit, and how repo-review finds them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

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


def by_id(pyproject: Mapping[str, Any], *, list_all: bool) -> dict[str, Rule]:
    """Return what repo-review is to run: what is on by default, and what its settings name."""
    tool = pyproject.get("tool")
    settings = tool.get("repo-review") if isinstance(tool, dict) else None
    named = settings.get("select", ()) if isinstance(settings, dict) else ()
    return {
        rule.id: rule
        for rule in RULES
        if list_all or not rule.doubt or rule.id in named or "*" in named
    }


def modelwright(root: Traversable) -> Snapshot:
    """Return the files below *root*: the fixture that the rules take."""
    return Snapshot(root)


def families() -> dict[str, dict[str, str | int]]:
    """Return what repo-review calls each practice, in order."""
    known = sorted({(int(rule.practice[1:]), rule.family) for rule in RULES})
    return {family: {"name": f"Practice P{number}", "order": number} for number, family in known}
