"""Where a project comes from: the template's source and version."""

from __future__ import annotations

import re
from dataclasses import dataclass

BUILT_IN = "builtin"

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True)
class Source:
    """A template: the built-in one, or a path or URL at a version.

    `trusted` consents to the code that the template brings (Jinja extensions, tasks).
    """

    url: str = BUILT_IN
    ref: str | None = None
    trusted: bool = False

    @property
    def built_in(self) -> bool:
        """Say whether the template is the one that ships with the tool."""
        return self.url == BUILT_IN

    def __str__(self) -> str:
        return without_credentials(self.url) + (f" at {self.ref}" if self.ref else "")


def without_credentials(text: str) -> str:
    """Return *text* with the user and password of every URL removed."""
    return _CREDENTIALS.sub("", text)
