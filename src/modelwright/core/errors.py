"""The one error that a user meets."""

from __future__ import annotations


class Stop(Exception):  # noqa: N818 - it reads as what it does
    """Something that the user can fix: what happened, why it stops us, how to go on."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
