"""Which rules a commit breaks, worked out once for the same files, rules and policies."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .. import audit, builtin, checks, git
from ..core.finding import Severity
from ..core.standard import Standard
from ..git.committed import Committed

Broken = Mapping[Severity, tuple[str, ...]]


@dataclass(frozen=True)
class Auditor:
    """How all repositories of a run are looked at, and what decides that beside their files."""

    look: audit.Look
    rules: str

    @classmethod
    def of(cls, held: Standard, today: dt.date, *, offline: bool = False) -> Self:
        """Return one who knows all rules, and that each project obeys *held*.

        Raises:
            Stop: it requires a rule or an overlay that is not there; file and line are named.

        """
        rules = audit.chosen((), (), held.required)
        look = audit.looking(rules, held, today, offline=offline)
        overlays = [rule.overlays for rule in look.rules if isinstance(rule, checks.Conforms)]
        known = Path(checks.__file__).parent.rglob("*.*")  # the rules, and which of them are on
        sources = sorted(each for each in known if each.suffix in {".py", ".toml"})
        whole = hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()
        python = ".".join(map(str, sys.version_info[:2]))  # decides what parses
        return cls(look, "\0".join((builtin.version(), python, whole, repr((held, overlays)))))

    def broken(self, files: Committed, place: str) -> Broken:
        """Return the ids of the rules that *files* break, by severity.

        Raises:
            Stop: there are none, or git cannot read them.

        """
        key = hashlib.sha256(f"{files.oid}\0{self.rules}".encode()).hexdigest()
        kept = git.cache() / "audits" / f"{key}.json"
        found = _known(kept, self.look.today)
        if found is None:
            made = audit.judged(place, files, self.look)
            found = made.broken
            if not made.unread:  # what is lost today may be there tomorrow
                _remember(kept, self.look.today, made)
        return found


def _known(kept: Path, today: dt.date) -> Broken | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads(kept.read_text("utf-8"))
        if found["since"] <= today.isoformat() <= found["until"]:
            return {severity: tuple(rules) for severity, rules in found["broken"].items()}
    return None


def _remember(kept: Path, today: dt.date, made: audit.Audit) -> None:
    """Keep what was found as long as it holds: until a suppression of the project's ends."""
    content = {
        "since": today.isoformat(),
        "until": made.until.isoformat(),
        "broken": made.broken,
    }
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(content), "utf-8")
        beside.replace(kept)
