"""P4 engineering end to end: what it is built from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ...core import located
from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "pipfile.lock", "conda-lock.y*ml")
_LOCKS += ("pylock*.toml", "constraints*.txt", "requirements*.lock", "*.lock.txt", "conda-*.lock")
_CONSTRAINED = re.compile(r"^\s*(-c|--constraint)\b")
_BARE = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(;.*|#.*)?$")


class Locked(Rule):
    """Dependencies are locked."""

    id = "MW-P4-6"
    needs = "python"
    reads = (".lock", ".txt", ".toml")
    why = "Without a lock tomorrow's installation is another program than today's."
    fix = "Commit a lock file: `uv lock`, `poetry lock`, or `pip-compile --generate-hashes`."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a lock, or for requirements that are all exact."""
        if any(files.matching(*_LOCKS)):
            return
        for path in files.matching("requirements*.txt", "requirements/*.txt"):
            wanted = [line for line in files.text(path).splitlines() if line.strip()[:1].isalnum()]
            if wanted and all("==" in line and "*" not in line for line in wanted):
                return
        yield Finding("", 0, "there is no lock file")


class Bounded(Rule):
    """Dependencies have a version."""

    id = "MW-P4-7"
    needs = "python"
    reads = (".txt", ".toml")
    why = "Any version at all includes the next one that changes what a model predicts."
    fix = "Write the range that was tested, such as `scikit-learn>=1.8,<1.10`."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for bare names in requirements and in pyproject.toml."""
        for path in files.matching("requirements*.txt", "requirements/*.txt"):
            lines = files.text(path).splitlines()
            if any(map(_CONSTRAINED.match, lines)):
                continue
            for number, line in enumerate(lines, start=1):
                if found := _BARE.match(line):
                    yield Finding(path, number, f"`{found[1]}` has no version")
        for path in files.matching("pyproject.toml"):
            yield from self._declared(files, path)

    def _declared(self, files: Snapshot, path: str) -> Iterator[Finding]:
        text = files.text(path)
        where = located.lines(text)
        for key, wanted in _wanted(files.toml(path)):
            start = located.nearest(where, key)
            own = _table(files.toml(path), "project").get("name")
            for name in (each for each in map(_bare, wanted) if each and each != own):
                if isinstance(wanted, dict):
                    start = located.nearest(where, (*key, name))
                rest = enumerate(text.splitlines()[start - 1 :], start=start)
                line = next((number for number, line in rest if name in line), start)
                yield Finding(path, line, f"`{name}` has no version")


def _wanted(settings: Any) -> Iterator[tuple[located.Key, Iterable[Any]]]:
    """Yield the places of a pyproject.toml that name dependencies: lists, and Poetry's tables."""
    project, groups = _table(settings, "project"), _table(settings, "dependency-groups")
    poetry = _table(settings, "tool", "poetry")
    yield ("project", "dependencies"), project.get("dependencies", ())
    for name, extra in _table(project, "optional-dependencies").items():
        yield ("project", "optional-dependencies", name), extra
    for name, group in groups.items():
        yield ("dependency-groups", name), group
    yield ("tool", "poetry", "dependencies"), _loose(_table(poetry, "dependencies"))
    for name in _table(poetry, "group"):
        key = ("group", name, "dependencies")
        yield ("tool", "poetry", *key), _loose(_table(poetry, *key))


def _table(found: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _loose(table: dict[str, Any]) -> dict[str, Any]:
    """Return what Poetry takes in any version."""
    return {
        name: each
        for name, each in table.items()
        if each == "*" or (isinstance(each, dict) and each.get("version") == "*")
    }


def _bare(each: Any) -> str:
    found = _BARE.match(each) if isinstance(each, str) else None
    return found[1] if found else ""


RULES = (Locked(), Bounded())
