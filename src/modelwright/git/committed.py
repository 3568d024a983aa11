"""The files of a commit as a folder of Python's, without a checkout."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any

from ..core.errors import Stop
from .asking import Objects
from .plumbing import Git
from .templates import origin

_FOLDER = "040000"
_FILES = {"100644", "100755"}


@dataclass(frozen=True)
class Committed(Traversable):
    """A file or a folder of a commit; links and submodules are neither."""

    objects: Objects = field(repr=False, compare=False)
    path: str
    oid: str
    mode: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    def iterdir(self) -> Iterator[Committed]:
        """Yield what the folder holds."""
        try:
            found = list(self.objects.folder(self.oid))
        except OSError as error:
            raise Stop(
                f"cannot read the folder `{self.path}` of a commit: {error.strerror}",
                fix="`git fsck` tells what is lost; clone it again",
            ) from error
        for mode, name, oid in found:
            yield Committed(self.objects, f"{self.path}/{name}".lstrip("/"), oid, mode)

    def is_dir(self) -> bool:
        """Say whether it is a folder."""
        return self.mode == _FOLDER

    def is_file(self) -> bool:
        """Say whether it is a file."""
        return self.mode in _FILES

    def joinpath(self, *descendants: Any) -> Committed:
        """Return what lies below; it is neither file nor folder where nothing does."""
        found = self
        for name in "/".join(map(str, descendants)).split("/"):
            below = found.iterdir() if found.is_dir() else ()
            nothing = Committed(self.objects, f"{found.path}/{name}".lstrip("/"), "", "")
            found = next((each for each in below if each.name == name), nothing)
        return found

    def __truediv__(self, child: Any) -> Committed:
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        """Return a file's content.

        Raises:
            OSError: it is no file, is lost, or is larger than what is worth reading.

        """
        if not self.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        return self.objects.content("blob", self.oid)

    def read_text(self, encoding: str | None = None) -> str:
        """Return a file's text."""
        return self.read_bytes().decode(encoding or "utf-8")

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
        """Open a file for reading."""
        stream = io.BytesIO(self.read_bytes())
        return stream if "b" in mode else io.TextIOWrapper(stream, *args, **kwargs)


def is_bare(folder: Path) -> bool:
    """Say whether *folder* is a repository without a work tree."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def tree(place: str, *, offline: bool = False) -> Committed:
    """Return the files of the default branch of the repository at *place*.

    Raises:
        Stop: it cannot be reached, or has no commit.

    """
    found = origin(place, offline=offline)
    if found is None:
        raise Stop(
            f"there is no repository at `{place}`", fix="give a folder, or an address of git's"
        )
    # A partial clone fetches what it lacks, with a program that its own configuration names.
    git = found.git.among(GIT_ALLOW_PROTOCOL="none", GIT_NO_LAZY_FETCH="1")
    commit, _ = replace(found, git=git).resolve("HEAD")
    return below(git, commit)


def below(git: Git, commit: str, prefix: str = "") -> Committed:
    """Return the files of *commit* that are below the folder *prefix*, as if that were the root.

    Raises:
        Stop: the commit has no such folder.

    """
    tree = git("rev-parse", "--verify", f"{commit}:{prefix.rstrip('/')}").strip()
    return Committed(Objects(git), "", tree, _FOLDER)
