"""What a gate saw."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A sentence for the reader; *faults* make the practice red.

    *rests_on* names reports beyond the gate's NEEDS without which nothing is green.
    """

    sentence: str
    faults: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    rests_on: tuple[str, ...] = ()


def interval(value: dict[str, float]) -> str:
    """A mean with the ends of its interval, in words."""
    return f"{value['mean']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"
