"""One process of git's that is asked for object after object."""

from __future__ import annotations

import errno
import os
import subprocess  # nosec B404
import weakref
from collections.abc import Iterator
from contextlib import suppress

from .plumbing import Git

LARGEST = 16_000_000


class Objects:
    """The objects of a repository; what reads them ends when nobody needs it any more."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._reader: _Reader | None = None

    def folder(self, oid: str) -> Iterator[tuple[str, str, str]]:
        """Yield mode, name and id of all that a folder holds, in git's order.

        Raises:
            OSError: it is lost, or no folder.

        """
        content, length, start = self.content("tree", oid), len(oid) // 2, 0
        while start < len(content):
            end = content.index(b"\0", start)
            mode, _, name = content[start:end].decode("utf-8", "surrogateescape").partition(" ")
            start = end + 1 + length
            yield mode.zfill(6), name, content[end + 1 : start].hex()

    def content(self, kind: str, oid: str) -> bytes:
        """Return what an object of this *kind* holds.

        Raises:
            OSError: it is lost, of another kind, or larger than what is worth reading.

        """
        if self._reader is None:
            self._reader = _Reader(self._git)
        try:
            return self._reader.content(kind, oid)
        except EOFError as error:  # an object that is torn ends git
            self._reader = None
            raise OSError(errno.EIO, f"git cannot read this {kind}") from error


class _Reader:
    """A process that answers until it ends, as git-cat-file(1) describes."""

    def __init__(self, git: Git) -> None:
        process = git.talk("cat-file", "--batch-command")
        assert process.stdin  # noqa: S101 # nosec B101 - both are pipes
        assert process.stdout  # noqa: S101 # nosec B101
        self._asked, self._told = process.stdin, process.stdout
        weakref.finalize(self, _end, process)

    def content(self, kind: str, oid: str) -> bytes:
        found, size = self._ask("info", oid)
        if found != kind:
            raise OSError(errno.EIO, f"git has no such {kind}")
        if size > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        self._ask("contents", oid)
        content = self._told.read(size + 1)
        if len(content) <= size:
            raise EOFError
        return content[:-1]

    def _ask(self, what: str, oid: str) -> tuple[str, int]:
        """Return kind and size of an object; the kind is "missing" where there is none."""
        with suppress(BrokenPipeError):
            self._asked.write(f"{what} {oid}\n".encode())
            self._asked.flush()
        if not (head := self._told.readline().split()):
            raise EOFError
        return head[1].decode(), int(head[2]) if len(head) > 2 else 0  # noqa: PLR2004


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
