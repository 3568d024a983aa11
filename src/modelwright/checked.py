"""What a check found, remembered for the next one of the same commits."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checked:
    """Whether a project has its template's latest version, and what that would change.

    `unforeseen` says why the changes are not known.
    """

    version: str
    latest: str
    current: bool
    would_change: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    unforeseen: str = ""


def known(place: Path) -> Checked | None:
    """Return what an earlier check of the same commits found."""
    try:
        found = json.loads(place.read_text("utf-8"))
        lists = {name: tuple(found.pop(name)) for name in ("would_change", "conflicts")}
        return Checked(**found, **lists)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember(place: Path, found: Checked) -> None:
    """Keep what a check found; what cannot be kept is worked out again."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(asdict(found)), "utf-8")
        beside.replace(place)
