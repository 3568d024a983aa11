"""What a landing writes, noted on disk before it writes anything."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .objects import Entry

JOURNAL = "journal.json"
UNDO = "undo.json"


@dataclass(frozen=True)
class Landing:
    """What is to be written: the trees before and after, and the conflicts' stages by path.

    *branch* and *commit* are set where HEAD moves too.
    """

    before: str
    after: str
    stages: Mapping[str, Mapping[int, Entry]]
    head: str = ""
    commit: str = ""


def note(place: Path, landing: Landing) -> None:
    """Write *landing* to *place* so that it is on disk before anything else is."""
    handle, made = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(landing), file)
        file.flush()
        os.fsync(file.fileno())
    Path(made).replace(place)
    with suppress(OSError):  # Windows opens no folder
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def noted(place: Path) -> Landing | None:
    """Return the landing that was noted at *place*; None where it was not noted wholly."""
    try:
        found = json.loads(place.read_text("utf-8"))
        stages = {
            path: {int(number): Entry(**entry) for number, entry in each.items()}
            for path, each in found.pop("stages").items()
        }
        return Landing(**found, stages=stages)
    except (ValueError, TypeError, KeyError):
        return None


def clear(state: Path) -> None:
    """Remove what a killed run had begun to note."""
    for left in state.glob(".*.json.*"):
        left.unlink()
