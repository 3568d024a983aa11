"""A new folder that is there whole or not at all: made beside its place, then moved."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from . import vetting
from .core.errors import Stop


def refuse_place(dest: Path) -> None:
    """Refuse a place that is in use, that nobody may enter, or whose name does not travel."""
    if complaint := vetting.complain_of_path(PurePosixPath(dest.name)):
        raise Stop(f"`{dest.name}` is no name for a repository: {complaint}", fix="choose another")
    try:
        occupied = dest.is_dir() and any(dest.iterdir())
        other = dest.is_symlink() or (dest.exists() and not dest.is_dir())
    except OSError as error:
        raise Stop(f"cannot look into `{dest}`: {error.strerror}", fix="choose another") from error
    if other:
        raise Stop(f"`{dest}` is not a folder", fix="choose a new folder")
    if occupied:
        raise Stop(
            f"`{dest}` is not empty",
            why="a new repository never overwrites what is there",
            fix="choose a new folder",
        )


@contextmanager
def staged(dest: Path) -> Generator[Path]:
    """Yield a private folder beside *dest*, with its name; move it to *dest* at the end."""
    made = [parent for parent in dest.parents if not parent.exists()]
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(dest)
        beside = tempfile.mkdtemp(prefix=f"{_mark(dest)}{os.getpid()}-", dir=dest.parent)
    except OSError as error:
        raise Stop(
            f"cannot write beside `{dest}`: {error.strerror}",
            why="a repository is rendered beside its place, then moved there whole",
            fix="choose a folder in which you may write",
        ) from error
    try:
        staging = Path(beside) / dest.name
        yield staging
        if dest.is_dir():
            shutil.copymode(dest, staging)
        staging.replace(dest)
    except OSError as error:
        raise Stop(
            f"cannot write `{dest}`: {error.strerror}",
            fix="free some space, or choose another folder",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if not dest.exists():
            with suppress(OSError):  # somebody else has put something there meanwhile
                for parent in made:
                    parent.rmdir()


def _mark(dest: Path) -> str:
    return f".{dest.name}.modelwright-"


def _clear_leftovers(dest: Path) -> None:
    """Remove what a killed run left beside *dest*; a run that is alive keeps its own."""
    if os.name == "nt":
        return  # signal 0 asks nothing there: it interrupts
    for folder in dest.parent.glob(f"{glob.escape(_mark(dest))}*-*"):
        process = folder.name.removeprefix(_mark(dest)).partition("-")[0]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue
