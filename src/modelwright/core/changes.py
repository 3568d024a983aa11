"""What a changelog says between two versions."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^##\s+\[?v?(?P<version>\d[\w.+-]*)", re.M)


def between(changelog: str, old: str, new: str) -> str:
    """Return the entries of *changelog* that are newer than *old*, down from *new*."""
    found = list(_HEADING.finditer(changelog))
    versions = [match["version"] for match in found]
    start, end = _bare(new), _bare(old)
    if start not in versions:
        return ""
    first = versions.index(start)
    last = versions.index(end) if end in versions[first:] else first + 1
    stop = found[last].start() if last < len(found) else len(changelog)
    return changelog[found[first].start() : stop].strip()


def _bare(version: str) -> str:
    return version.removeprefix("v")
