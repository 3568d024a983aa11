"""What became of each version, and why: a file of lines to which lines are added."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from . import files

FILE = "history.jsonl"

Event = Literal["promote", "rollback", "canary", "shadow", "stop"]


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history: what became of *version*, and who was champion until then."""

    at: str
    event: Event
    version: str
    former: str | None
    why: str


def read(models: Path) -> list[Change]:
    """Every change, oldest first."""
    path = models / FILE
    # As bytes: a reason may hold what only Unicode takes for the end of a line.
    lines = map(json.loads, path.read_bytes().splitlines() if path.exists() else ())
    return [Change(x["at"], x["event"], x["version"], x["from"], x["why"]) for x in lines]


def add(models: Path, event: Event, version: str, former: str | None, why: str) -> Change:
    """Add a line, which appears whole or not at all; the caller keeps others from adding one."""
    change = Change(datetime.now(UTC).isoformat(timespec="seconds"), event, version, former, why)
    line = {"at": change.at, "event": event, "version": version, "from": former, "why": why}
    path = models / FILE
    before = path.read_bytes() if path.exists() else b""
    files.write(path, before + json.dumps(line, ensure_ascii=False).encode() + b"\n")
    return change


def before(models: Path, champion: str | None) -> str | None:
    """Who was champion before *champion*, rollbacks undone; None when there was nobody."""
    line: list[str] = []
    for change in read(models):
        if change.event == "promote":
            for version in (change.former, change.version):
                line += [version] if version and version not in line[-1:] else []
        elif change.event == "rollback":
            while line and line[-1] != change.version:
                line.pop()
    # Who was named by hand is not in the history.
    if line[-1:] == [champion]:
        line.pop()
    return line[-1] if line else None
