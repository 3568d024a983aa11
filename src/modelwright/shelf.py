"""Renderings that several projects have in common, each made once."""

from __future__ import annotations

import hashlib
import json
import pickle  # nosec B403
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from filelock import FileLock

T = TypeVar("T")
# Who may have the same: every project, those in a folder of the same name, or nobody else.
Common = Literal["all", "name", "none"]


@dataclass(frozen=True)
class Shelf:
    """Renderings in a private folder of one run's, which its processes share."""

    folder: Path

    def once(self, key: object, do: Callable[[], object]) -> bool:
        """Do something unless a process of this run did; say whether this one did."""
        place = self._place(key)
        with FileLock(f"{place}.lock"):
            if place.exists():
                return False
            do()
            place.touch()
            return True

    def take(
        self, key: object, into: Path, make: Callable[[Path], tuple[T, Common]]
    ) -> tuple[Path, T]:
        """Return where the rendering *key* is, with what is known of it.

        What nobody has made yet, *make* renders *into* a new folder; the name of that folder is
        part of the key where the rendering may depend on it.
        """
        for each in (key, (key, into.name)):
            place = self._place(each)
            with FileLock(f"{place}.lock"):
                if not place.exists():
                    found, common = make(into)
                    self._keep(place, (found, into.name, common), into)
                    return into, found
                found, name, common = pickle.loads(  # noqa: S301 # nosec B301 - a child wrote it
                    (place / "known").read_bytes()
                )
            if common == "all" or (common == "name" and name == into.name):
                return place / "files", found
            if common == "none":
                break
        return into, make(into)[0]

    def _keep(self, place: Path, known: tuple[Any, str, Common], made: Path) -> None:
        beside = place.with_name(f"{place.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        if known[2] != "none":
            shutil.copytree(made, beside / "files", symlinks=True)
        (beside / "known").write_bytes(pickle.dumps(known))
        beside.rename(place)

    def _place(self, key: object) -> Path:
        text = json.dumps(key, sort_keys=True, default=repr)
        return self.folder / hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
