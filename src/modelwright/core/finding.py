"""What an audit found, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Status(StrEnum):
    """What became of a rule: only `passed` says that it looked and found nothing."""

    PASSED = "passed"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    OFF = "off"


@dataclass(frozen=True, order=True)
class Finding:
    """One place where a rule is broken; line 0 is the file or, without a path, the repository."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}" if place else self.message
