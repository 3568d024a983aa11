"""The one error that the user can fix."""


class Stop(Exception):
    """An error that the user can fix: what happened, why it matters, what to do."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
