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
from .plumbing import Git
from .templates import origin

LARGEST = 16_000_000
_FOLDER = "040000"
_FILES = {"100644", "100755"}
_SMALL = 100_000


@dataclass(frozen=True)
class Contents:
    """The small files of one folder, which git is asked for at once when the first is read."""

    git: Git
    small: list[str] = field(default_factory=list)
    read: dict[str, bytes] = field(default_factory=dict)

    def take(self, oid: str) -> bytes:
        """Return a file's content, and forget it."""
        if oid in self.small:
            self._read_all()
        if oid in self.read:
            return self.read.pop(oid)
        return self.git("cat-file", "blob", oid).encode("utf-8", "surrogateescape")

    def _read_all(self) -> None:
        asked = "".join(f"{oid}\n" for oid in self.small)
        self.small.clear()
        code, out = self.git.ask("cat-file", "--batch", text=asked)
        answer = b"" if code else out.encode("utf-8", "surrogateescape")
        start = 0
        while start < len(answer):
            end = answer.index(b"\n", start)
            oid, *found = answer[start:end].decode().split()
            size = int(found[1]) if len(found) > 1 else -1  # it says "missing" instead
            if size >= 0:
                self.read[oid] = answer[end + 1 : end + 1 + size]
            start = end + 2 + size


@dataclass(frozen=True)
class Committed(Traversable):
    """A file or a folder of a commit; links and submodules are neither."""

    git: Git
    path: str
    oid: str
    mode: str
    size: int = 0
    beside: Contents | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    def iterdir(self) -> Iterator[Committed]:
        """Yield what the folder holds."""
        beside = Contents(self.git)
        code, out = self.git.ask("ls-tree", "-z", "--long", self.oid)
        if code:  # it knows no size of what is lost
            out = self.git("ls-tree", "-z", self.oid)
        for line in filter(None, out.split("\0")):
            head, _, name = line.partition("\t")
            mode, _, oid, *length = head.split()
            size = int(length[0]) if length and length[0].isdigit() else 0
            if mode in _FILES and size <= _SMALL:
                beside.small.append(oid)
            path = f"{self.path}/{name}".lstrip("/")
            yield Committed(self.git, path, oid, mode, size, beside)

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
            nothing = Committed(self.git, f"{found.path}/{name}".lstrip("/"), "", "")
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
        if self.size > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), self.path)
        try:
            return (self.beside or Contents(self.git)).take(self.oid)
        except Stop as stop:
            raise OSError(errno.EIO, stop.what, self.path) from stop

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
    return Committed(git, "", tree, _FOLDER)
