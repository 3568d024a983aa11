"""What a test of the rubric looks at, and what it may say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..contract import Contract
from ..evidence import Evidence
from ..gates.finding import Finding


@dataclass(frozen=True)
class Case:
    """The promise, the reports, and the day."""

    contract: Contract
    evidence: Evidence
    today: date

    def report(self, name: str) -> dict[str, Any]:
        """What a stage or study found."""
        return self.evidence.reports[name]


@dataclass(frozen=True)
class Unknown:
    """Why a test could not be run here."""

    reason: str


Check = Callable[[Case], Finding | Unknown]
# Each check with the stages and studies that it rests on.
Checks = dict[str, tuple[Check, tuple[str, ...]]]
