"""What several shards of a fleet found, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import Stop
from .status import Row
from .steps import Step


def gathered(files: Sequence[Path]) -> tuple[list[Row], list[Step]]:
    """Return the rows that *files* hold, or the steps, as `--json` printed them.

    Raises:
        Stop: one holds neither, or some hold one and some the other.

    """
    rows, steps = list[Row](), list[Step]()
    for file in files:
        try:
            for each in json.loads(file.read_text("utf-8"))["repositories"]:
                if "state" in each:
                    steps.append(Step.of(each))
                else:
                    rows.append(_row(each))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Stop(
                f"`{file}` holds no result of a fleet",
                why=str(error),
                fix="give what `modelwright fleet status --json` printed",
            ) from error
    if rows and steps:
        raise Stop("some results are of `status` and some of `update`", fix="give one kind")
    return rows, steps


def _row(found: Mapping[str, Any]) -> Row:
    risk, audit = found["at_risk"], found["audit"]
    known: dict[str, Any] = {
        **found,
        "labels": tuple(found["labels"]),
        "audit": audit and {severity: tuple(rules) for severity, rules in audit.items()},
        "at_risk": None if risk is None else tuple(risk),
    }
    return Row(**known)
