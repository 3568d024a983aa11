"""One writer at a time."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

from ..core.errors import Stop
from .journal import clear
from .repository import Repository

LOCK_SECONDS = 5.0


@contextmanager
def locked(repo: Repository) -> Generator[None]:
    """Let nobody else write to *repo* meanwhile.

    Raises:
        Stop: somebody else does; the process is named.

    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - most checks lock nothing

    try:
        repo.state.mkdir(exist_ok=True)
    except OSError as error:
        raise Stop(
            f"cannot write to `{repo.folder}`: {error.strerror}", fix="check who may write there"
        ) from error
    holder = repo.state / "holder"
    lock = FileLock(repo.state / "lock")
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        who = holder.read_text("utf-8").strip() if holder.exists() else "another process"
        raise Stop(
            f"`{repo.root}` is being updated by {who}", fix="wait until it is done, then repeat"
        ) from None
    try:
        clear(repo.state)
        holder.write_text(f"process {os.getpid()}\n", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
