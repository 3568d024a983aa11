"""How often each rule was right where readers had labelled, and whether that is enough."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ENOUGH = 20
FLOOR = 0.9
# So many findings of real projects alone say something, whatever the seeded ones do.
ENOUGH_REAL = 10
FILE = Path(__file__).with_name("precision.toml")
_Z = 1.959964  # the normal quantile of a 95 % interval


@dataclass(frozen=True)
class Tally:
    """Labelled findings that were *right* and *wrong*, and faults that were *found* and *missed*.

    *found* and *missed* count what was labelled before the rule ran; *right* and *wrong* also
    what was judged after.
    """

    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.right + other.right,
            self.wrong + other.wrong,
            self.found + other.found,
            self.missed + other.missed,
        )

    @property
    def findings(self) -> int:
        """How many findings a reader judged."""
        return self.right + self.wrong

    @property
    def precision(self) -> float | None:
        """The share of the findings that were right, None without any."""
        return self.right / self.findings if self.findings else None

    @property
    def recall(self) -> float | None:
        """The share of the faults that were found, None without any."""
        faults = self.found + self.missed
        return self.found / faults if faults else None

    @property
    def recalled(self) -> str:
        """How many of the faults were found, in words."""
        return f"{self.found} of {self.found + self.missed}"

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the precision (Wilson 1927)."""
        return wilson(self.right, self.findings)


@dataclass(frozen=True)
class Measured:
    """What a rule did on *real* projects and on *seeded* faults."""

    real: Tally = Tally()
    seeded: Tally = Tally()

    def __add__(self, other: Measured) -> Measured:
        return Measured(self.real + other.real, self.seeded + other.seeded)

    @property
    def both(self) -> Tally:
        """All of it."""
        return self.real + self.seeded

    @property
    def told(self) -> str:
        """The figures in words."""
        both = self.both
        share = "" if both.precision is None else f" ({both.precision:.2f})"
        return (
            f"Of {both.findings} findings that were judged, {both.right} were right{share}. "
            f"It found {self.seeded.recalled} seeded faults, "
            f"and {self.real.recalled} in real projects."
        )

    @property
    def doubt(self) -> str:
        """Say why a rule that was measured so is off by default, or ""."""
        both, real = self.both, self.real
        if both.findings < ENOUGH:
            return f"measured on {both.findings} labelled findings; it takes {ENOUGH}"
        if (both.precision or 0) < FLOOR:
            return f"right in {both.right} of {both.findings} labelled findings"
        if real.findings >= ENOUGH_REAL and (real.precision or 0) < FLOOR:
            return f"right in {real.right} of {real.findings} labelled findings of real projects"
        return ""


def wilson(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's score (JASA 22, 1927)."""
    if not of:
        return 0.0, 1.0
    share, spread = right / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


@cache
def measured() -> Mapping[str, Measured]:
    """Return what is known of each rule, by its id."""
    return read(FILE.read_text("utf-8"))


def read(text: str) -> dict[str, Measured]:
    """Return what `written` wrote."""
    found: dict[str, Any] = tomllib.loads(text)
    return {
        name: Measured(Tally(**each["real"]), Tally(**each["seeded"]))
        for name, each in found.items()
    }


def written(known: Mapping[str, Measured]) -> str:
    """Return the text of the file, a table for each rule."""
    head = "# What bench/precision.py found; nobody edits it by hand.\n"
    return head + "".join(
        f"\n[{name}]\nreal = {_row(each.real)}\nseeded = {_row(each.seeded)}\n"
        for name, each in known.items()
    )


def _row(tally: Tally) -> str:
    return (
        f"{{ right = {tally.right}, wrong = {tally.wrong}, "
        f"found = {tally.found}, missed = {tally.missed} }}"
    )
