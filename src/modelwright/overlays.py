"""Overlays that policies name, at their exact commits, and their files."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import vetting
from .core.addresses import without_credentials
from .core.errors import Stop, room
from .core.overlay import Overlay
from .core.standard import Standard
from .git.addresses import is_elsewhere
from .git.plumbing import Git
from .git.templates import Origin, origin

LARGEST = 100 * 10**6
MOST = 10_000
_DIGEST = "sha256:"
_LEFT_OUT = {".git", "__pycache__", ".DS_Store"}
_LOST = (
    "bring it back to where it was, or fetch what an update kept: "
    "git fetch origin 'refs/modelwright/*:refs/modelwright/*'"
)


@dataclass(frozen=True)
class Layer:
    """An overlay at its exact commit, and the folder that has its files meanwhile."""

    overlay: Overlay
    folder: Path


def current(held: Standard, *, offline: bool = False) -> tuple[Overlay, ...]:
    """Return the overlays that the policies name, each at the exact commit that it has today.

    Raises:
        Stop: one cannot be reached, or is not there; the policy's file and line are named.

    """
    return tuple(_exact(each, offline=offline) for each in held.overlays)


def wanted(
    held: Standard, recorded: tuple[Overlay, ...], *, offline: bool = False
) -> tuple[Overlay, ...]:
    """Return the overlays that a project is to have; where no policy holds, the *recorded* ones.

    Raises:
        Stop: one cannot be reached, or is not there.

    """
    return current(held, offline=offline) if held.policies else recorded


def named_by(held: Standard, overlay: Overlay) -> Overlay | None:
    """Return the overlay of the policies' that has the same source as a recorded one."""
    return next((each for each in _rooted_all(held) if each.bare == overlay.bare), None)


@dataclass(frozen=True)
class Stack:
    """Overlays at their exact commits, in order, and the policies that say whence they may come."""

    overlays: tuple[Overlay, ...] = ()
    held: Standard = field(default_factory=Standard)
    offline: bool = False

    def layers(self, below: Path) -> tuple[Layer, ...]:
        """Write the files of each overlay into a new folder *below* one.

        Nothing is fetched from where no policy allows it, or if the commit is here already.

        Raises:
            Stop: one cannot be had any more, or what it holds is refused.

        """
        return tuple(
            _layer(each, self.held, below / str(number), offline=self.offline)
            for number, each in enumerate(self.overlays)
        )


@contextmanager
def told(
    overlay: Overlay, fix: str = "correct the overlay, or have the policy changed"
) -> Generator[None]:
    """Say of what stops an overlay which one it is, and where it stands."""
    try:
        with room():
            yield
    except Stop as stop:
        where = overlay.place or "the project records it"
        raise Stop(
            f"the overlay `{overlay}` can't be laid: {stop.what}",
            why=f"{where}; {stop.why}" if stop.why else where,
            fix=fix,
        ) from stop


def _exact(overlay: Overlay, *, offline: bool) -> Overlay:
    fix = "correct its source, ref or folder there"
    with told(overlay, fix):
        found = _rooted(overlay)
        repository = origin(found.source, offline=offline)
        if repository is None and is_elsewhere(found.source):
            raise Stop("there is no git repository")
        if repository is None:
            return replace(found, commit=_digest(Path(found.source)))
        commit, _ = repository.resolve(found.ref or "HEAD")
        if found.folder:
            out = repository.git("rev-list", "-1", commit, "--", f":(literal){found.folder}")
            commit = out.strip() or commit
            _refuse_absent(repository, found, commit)
        return replace(found, commit=commit)


def _refuse_absent(repository: Origin, overlay: Overlay, commit: str) -> None:
    if repository.git.ask("cat-file", "-e", f"{commit}:{overlay.folder}")[0]:
        raise Stop(f"no folder `{overlay.folder}` is committed at {commit[:10]}")


def _rooted(overlay: Overlay) -> Overlay:
    """Return an overlay that is a folder of a repository as this repository and its folder.

    Raises:
        Stop: there is no such folder.

    """
    place = Path(overlay.source)
    if is_elsewhere(overlay.source) or origin(overlay.source) is not None:
        return overlay
    there = next(each for each in (place, *place.parents) if each.is_dir())
    code, out = Git(there).ask("rev-parse", "--show-toplevel")
    if code:
        if there != place:
            raise Stop(f"there is no folder `{place}`")
        return replace(overlay, source=str(place / overlay.folder), folder="")
    root = Path(out.rstrip("\n"))
    inner = (there.resolve() / place.relative_to(there) / overlay.folder).relative_to(root)
    return replace(overlay, source=str(root), folder=inner.as_posix())


def _layer(overlay: Overlay, held: Standard, into: Path, *, offline: bool) -> Layer:
    with told(overlay, "repeat it" if overlay.place else _LOST):
        _write(overlay, held, into, offline=offline)
    with told(overlay):
        folder = into / overlay.folder
        if not (folder.is_dir() and folder.resolve().is_relative_to(into.resolve())):
            raise Stop(f"`{overlay.folder}` is no folder in it")
        vetting.vet_links(folder)
        return Layer(overlay, folder)


def _write(overlay: Overlay, held: Standard, into: Path, *, offline: bool) -> None:
    """Write an overlay from where policies name it or, if they allow it, from where it was."""
    named = [*_rooted_all(held)]
    for each in sorted(named, key=lambda each: each.bare != overlay.bare):
        with suppress(Stop):
            still = offline or each.bare != overlay.bare
            return _write_from(each.source, overlay.commit, into, offline=still)
    if all(each.bare != overlay.bare for each in named):
        held.refuse_overlay(overlay)
    return _write_from(overlay.source, overlay.commit, into, offline=offline)


def _write_from(source: str, commit: str, into: Path, *, offline: bool) -> None:
    if commit.startswith(_DIGEST):
        _copy(Path(source), commit, into)
    else:
        found = _with_commit(source, commit, offline=offline)
        replace(found, git=found.git.tamed()).extract(commit, into)


def _rooted_all(held: Standard) -> Iterator[Overlay]:
    for each in held.overlays:
        with suppress(Stop):
            yield _rooted(each)


def _with_commit(source: str, commit: str, *, offline: bool) -> Origin:
    """Return the repository at *source*, fetched only if its copy here lacks the commit."""
    for still in dict.fromkeys((True, offline)):
        with suppress(Stop):
            found = origin(source, offline=still)
            if found and not found.git.ask("cat-file", "-e", f"{commit}^{{commit}}")[0]:
                return found
    raise Stop(f"`{without_credentials(source)}` is not there, or has no such commit")


def _copy(place: Path, digest: str, into: Path) -> None:
    if _digest(place) != digest:
        raise Stop("the folder is gone, or has other files by now", why="git does not keep it")
    into.mkdir()
    for name, path in _files(place):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, into / name, follow_symlinks=False)


def _digest(place: Path) -> str:
    """Return what names the files of a folder by their paths, modes and contents."""
    whole = hashlib.sha256()
    for name, path in _files(place):
        if path.is_symlink():
            kind, content = "link", os.fsencode(path.readlink())
        else:
            kind, content = f"{path.stat().st_mode & 0o100:o}", path.read_bytes()
        whole.update(f"{name}\0{kind}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        whole.update(content)
    return _DIGEST + whole.hexdigest()


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder, without what Copier never takes either."""
    size = number = 0
    for folder, inner, names in os.walk(place):
        links = [each for each in inner if (Path(folder) / each).is_symlink()]
        inner[:] = sorted({*inner} - {*links} - _LEFT_OUT)
        for path in (Path(folder, each) for each in sorted([*names, *links])):
            if not (path.is_symlink() or path.is_file()):
                raise Stop(f"`{path}` is neither a file nor a folder")
            size, number = size + path.lstat().st_size, number + 1
            if size > LARGEST or number > MOST:
                said = f"more than {LARGEST // 10**6} MB or {MOST} files"
                raise Stop(f"`{place}` has {said}", why="git does not keep it")
            if path.name not in _LEFT_OUT:
                yield path.relative_to(place).as_posix(), path
