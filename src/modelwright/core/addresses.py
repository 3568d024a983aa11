"""What may be shown of an address."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def without_credentials(text: str) -> str:
    """Return *text* with the user and password of every URL removed."""
    return _CREDENTIALS.sub("", text)
