"""Files of an organisation's own that are laid on top of what a template renders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from .addresses import without_credentials


@dataclass(frozen=True)
class Overlay:
    """A folder or a git repository, or a `folder` in one; `remove` are paths to take away.

    `commit` is the exact one, or the digest of a folder that git does not keep; without it, the
    overlay is as `ref`, or else HEAD, has it today. `place` is where a policy names it.
    """

    source: str
    ref: str = ""
    folder: str = ""
    remove: tuple[str, ...] = ()
    commit: str = ""
    place: str = field(default="", compare=False)

    @property
    def bare(self) -> str:
        """Its source as everybody may see it."""
        return without_credentials(self.source)

    @property
    def identity(self) -> tuple[object, ...]:
        """What decides about the files that it brings, wherever it is kept."""
        return (self.commit, self.folder, self.remove)

    @property
    def short(self) -> str:
        """Its commit or digest, as people write it."""
        return self.commit.removeprefix("sha256:")[:10]

    def __str__(self) -> str:
        inner = f"{self.bare}/{self.folder}" if self.folder else self.bare
        return f"{inner} at {self.short}" if self.commit else inner


def alike(some: Iterable[Overlay], others: Iterable[Overlay]) -> bool:
    """Say whether both bring the same files."""
    return [each.identity for each in some] == [each.identity for each in others]


def written(overlays: Iterable[Overlay]) -> list[dict[str, Any]]:
    """Return what an answers file records of *overlays*, none of it a password."""
    rows = [
        {"source": each.bare, "folder": each.folder, "commit": each.commit,
         "remove": list(each.remove)}
        for each in overlays
    ]  # fmt: skip
    return [{name: value for name, value in row.items() if value} for row in rows]


def read(found: Any) -> tuple[Overlay, ...]:
    """Return the overlays that an answers file records.

    Raises:
        ValueError: they are not whole.

    """
    rows = [] if found is None else found
    if not isinstance(rows, list):
        raise ValueError("its overlays are no list")  # noqa: TRY004 - a document is wrong
    return tuple(map(_read, rows))


def inside(path: str) -> bool:
    """Say whether *path* is relative and names something below where it starts."""
    pure = PurePosixPath(path)
    climbs = pure.is_absolute() or ".." in pure.parts or not pure.parts
    return not climbs and "\\" not in path and path.isprintable()


def _read(row: Any) -> Overlay:
    words: dict[str, Any] = row if isinstance(row, dict) else {}
    source, folder, commit = (_text(words.get(each, "")) for each in ("source", "folder", "commit"))
    if not source or not commit or commit.startswith("-"):
        raise ValueError("an overlay in it has no source or no commit")
    listed = words.get("remove", [])
    remove = tuple(map(_text, listed if isinstance(listed, list) else [None]))
    if not all(map(inside, (*filter(None, (folder,)), *remove))):
        raise ValueError("an overlay in it has a path that leads out")
    return Overlay(source, folder=folder, remove=remove, commit=commit)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("an overlay in it holds something else than text")
    return value
