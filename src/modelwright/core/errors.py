"""The one error that a user meets."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


class Stop(Exception):  # noqa: N818 - it reads as what it does
    """Something that the user can fix: what happened, why it stops us, how to go on."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix


@contextmanager
def room() -> Generator[None]:
    """Say what the disk or its permissions refuse."""
    try:
        yield
    except OSError as error:
        raise Stop(
            f"cannot read or write: {error}", fix="free some space, or check who may write there"
        ) from error
