"""What several shards of a fleet found, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from ..core.errors import Stop
from .status import Row
from .steps import Step


@dataclass(frozen=True)
class Gathered:
    """Rows of `status` or steps of `update`, in the fleet's order, and the shards without any."""

    rows: tuple[Row, ...] = ()
    steps: tuple[Step, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        """Say whether somebody has to look at it."""
        broken = any(row.problem for row in self.rows) or any(step.bad for step in self.steps)
        return broken or bool(self.missing)


@dataclass(frozen=True)
class _Part:
    """What one shard found: the `number`-th `of` so many; 1 of 1 is a whole fleet."""

    number: int
    of: int
    found: Sequence[Row | Step]


def gathered(files: Sequence[Path]) -> Gathered:
    """Return what *files* hold, as `--json` printed it.

    Raises:
        Stop: one holds no result, some are of `status` and some of `update`, or a shard comes
            twice.

    """
    parts = sorted(map(_part, files), key=lambda part: part.number)
    numbers, of = [part.number for part in parts], parts[0].of
    together, missing = [part.found for part in parts], tuple[str, ...]()
    if of > 1 and all(part.of == of for part in parts):
        if twice := next((n for n in numbers if numbers.count(n) > 1), 0):
            raise Stop(f"shard {twice}/{of} is there twice", fix="give each result once")
        missing = tuple(f"{n}/{of}" for n in range(1, of + 1) if n not in numbers)
        turns = chain.from_iterable(zip_longest(*together))  # as they were dealt out
        together = [[each for each in turns if each is not None]]
    found = [*chain.from_iterable(together)]
    rows = tuple(each for each in found if isinstance(each, Row))
    steps = tuple(each for each in found if isinstance(each, Step))
    if rows and steps:
        raise Stop("some results are of `status` and some of `update`", fix="give one kind")
    return Gathered(rows, steps, missing)


def _part(file: Path) -> _Part:
    try:
        whole = json.loads(file.read_text("utf-8"))
        number, of = map(int, whole.get("shard", "1/1").split("/"))
        listed = whole["repositories"]
        return _Part(number, of, [Step.of(e) if "state" in e else _row(e) for e in listed])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(
            f"`{file}` holds no result of a fleet",
            why=str(error),
            fix="give what `modelwright fleet status --json` printed",
        ) from error


def _row(found: Mapping[str, Any]) -> Row:
    risk, audit = found["at_risk"], found["audit"]
    known: dict[str, Any] = {
        **found,
        "labels": tuple(found["labels"]),
        "audit": audit and {severity: tuple(rules) for severity, rules in audit.items()},
        "at_risk": None if risk is None else tuple(risk),
    }
    return Row(**known)
