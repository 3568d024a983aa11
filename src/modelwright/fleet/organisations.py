"""Which repositories of an organisation belong to a fleet."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from .. import git
from ..core.errors import Stop, room
from ..forge import Listed, Organisation, listed

_LISTS = {"names", "topics", "labels"}
_FLAGS = {"archived", "forks", "ssh"}


@dataclass(frozen=True)
class Chosen:
    """The repositories of an organisation that have one of *names* and all *topics*.

    Archived ones and forks are left out unless they are asked for; `ssh` clones over ssh.
    """

    organisation: Organisation
    names: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    archived: bool = False
    forks: bool = False
    ssh: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of a fleet's file.

        Raises:
            ValueError: it says something that no organisation can.

        """
        for key, value in entry.items():
            if key in _LISTS:
                right = isinstance(value, list) and all(isinstance(each, str) for each in value)
            elif key in _FLAGS:
                right = isinstance(value, bool)
            else:
                right = key in {"organisation", "host"} and isinstance(value, str)
            if not right:
                raise ValueError(f"`{key} = {value!r}` says nothing of an organisation")
        known: dict[str, Any] = {key: tuple(entry[key]) for key in _LISTS & entry.keys()}
        known |= {key: entry[key] for key in _FLAGS & entry.keys()}
        return cls(Organisation.of(entry["organisation"], entry.get("host", "")), **known)

    def repositories(self, *, offline: bool) -> Iterator[Listed]:
        """Yield them by path, from the forge or, *offline*, from its last listing.

        Raises:
            Stop: the forge does not list them, or never did.

        """
        for each in sorted(self._listed(offline=offline), key=lambda one: one.path):
            named = not self.names or any(fnmatchcase(each.name, name) for name in self.names)
            wanted = (self.archived or not each.archived) and (self.forks or not each.fork)
            if named and wanted and {*self.topics} <= {*each.topics}:
                yield each

    def _listed(self, *, offline: bool) -> list[Listed]:
        key = f"{self.organisation}{' over ssh' if self.ssh else ''}"
        place = git.cache() / "fleet" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
        if offline:
            return _kept(place, self.organisation)
        found = listed(self.organisation, ssh=self.ssh)
        with room():
            _keep(place, found)
        return found


def _keep(place: Path, found: list[Listed]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([asdict(each) for each in found], file)
    Path(made).replace(place)


def _kept(place: Path, organisation: Organisation) -> list[Listed]:
    try:
        found: list[dict[str, Any]] = json.loads(place.read_text("utf-8"))
        return [replace(Listed(**each), topics=tuple(each["topics"])) for each in found]
    except (OSError, ValueError, KeyError, TypeError):
        raise Stop(
            f"there is no last listing of {organisation} here", fix="repeat it without --offline"
        ) from None
