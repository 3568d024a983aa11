"""Overlays laid on top of a rendering: file by file, whole, and never outside of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import aside, guard, render, vetting
from .core.errors import Stop
from .core.overlay import Overlay
from .core.replay import FILES
from .core.standard import Standard
from .overlays import Layer, Stack, current, told
from .project import ANSWERS


@dataclass(frozen=True)
class Laid:
    """What an overlay brings, rendered into a folder; it may name the project's folder."""

    overlay: Overlay
    folder: Path
    names_folder: bool

    @property
    def files(self) -> Mapping[str, Path]:
        """Each file or link that it brings, by its path."""
        found = (path for path in self.folder.rglob("*") if path.is_symlink() or path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(found)}


def rendered(stack: Stack, answers: Mapping[str, Any], into: Path, record: str) -> tuple[Laid, ...]:
    """Render overlays beside the folder *into*, on which they are to be laid.

    Raises:
        Stop: one cannot be had, is malformed, would run code, brings a path that is refused or
            the file in which the project is recorded, or two contradict each other.

    """
    with tempfile.TemporaryDirectory(prefix="modelwright-") as below:
        made = tuple(
            _rendered(layer, answers, into.parent / f"overlay-{number}" / into.name)
            for number, layer in enumerate(stack.layers(Path(below)))
        )
    for each in made:
        _refuse_records(each, {record, ANSWERS, *FILES})
    for number, one in enumerate(made):
        for other in made[:number]:
            _refuse_contradiction(other, one)
            _refuse_removal(other, one)
            _refuse_removal(one, other)
    return made


def lay(made: Sequence[Laid], into: Path) -> None:
    """Put the files of overlays into the rendering *into*, and take away what they remove.

    Raises:
        Stop: a file would stand where the template has a folder, or the reverse.

    """
    for each in made:
        for path in each.overlay.remove:
            _remove(into, path)
    for each in made:
        with told(each.overlay):
            for path, file in each.files.items():
                _put(file, into, path)
    if made:
        vetting.vet_paths(into)


def vet(held: Standard) -> None:
    """Refuse overlays of the policies that no project could have.

    Raises:
        Stop: one cannot be reached, is malformed, or would run code; its place is named.

    """
    with tempfile.TemporaryDirectory(prefix="modelwright-") as below:
        for layer in Stack(current(held), held, offline=True).layers(Path(below)):
            with told(layer.overlay):
                work = partial(render.vet_overlay, str(layer.overlay), layer.folder)
                render.prepare()
                aside.side_by_side([work], guard.Limits.of_environment())


def _rendered(layer: Layer, answers: Mapping[str, Any], into: Path) -> Laid:
    with told(layer.overlay):
        names_folder = render.lay_out(str(layer.overlay), layer.folder, answers, into)
        vetting.vet_paths(into)
        return Laid(layer.overlay, into, names_folder)


def _refuse_records(laid: Laid, records: Collection[str]) -> None:
    for record in sorted(records):
        if record in laid.files or any(_below(record, path) for path in laid.overlay.remove):
            with told(laid.overlay):
                raise Stop(
                    f"`{record}` records where the project comes from, and is not its to change"
                )


def _refuse_contradiction(one: Laid, other: Laid) -> None:
    both = one.files
    for path, file in other.files.items():
        if path in both and _content(file) != _content(both[path]):
            raise _contradiction(path, "brings it with these contents", one, other, "with others")


def _refuse_removal(one: Laid, other: Laid) -> None:
    for path in other.files:
        if any(_below(path, gone) for gone in one.overlay.remove):
            raise _contradiction(path, "removes it", one, other, "brings it")


def _contradiction(path: str, does: str, one: Laid, other: Laid, otherwise: str) -> Stop:
    return Stop(
        f"overlays contradict each other: `{path}`",
        why=f"{one.overlay.place or one.overlay} {does}, "
        f"{other.overlay.place or other.overlay} {otherwise}",
        fix="take it out of one of the two",
    )


def _content(file: Path) -> tuple[object, ...]:
    if file.is_symlink():
        return ("link", file.readlink())
    return (file.stat().st_mode & 0o100, file.read_bytes())


def _below(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _remove(into: Path, name: str) -> None:
    path = into / name
    if _through_link(into, path):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _put(file: Path, into: Path, name: str) -> None:
    path = into / name
    if _through_link(into, path) or (path.is_dir() and not path.is_symlink()):
        raise Stop(f"`{name}` has no room: the template has something else there")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    shutil.copy2(file, path, follow_symlinks=False)


def _through_link(into: Path, path: Path) -> bool:
    """Say whether something else than a folder stands on the way from *into* to *path*."""
    above = (into / part for part in path.relative_to(into).parents)
    return any(each.is_symlink() or each.is_file() for each in above)
