"""P4 engineering end to end: what it is built from, dependencies and images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core import located
from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import DOCKERFILES, Snapshot

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "pipfile.lock", "conda-lock.y*ml")
_LOCKS += ("pylock*.toml", "constraints*.txt", "requirements*.lock", "*.lock.txt")
_BARE = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(;.*|#.*)?$")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.I | re.M)
_USER = re.compile(r"^\s*USER\s+(\S+)", re.I | re.M)


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
            if wanted and all("==" in line for line in wanted):
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
            for number, line in enumerate(files.text(path).splitlines(), start=1):
                if found := _BARE.match(line):
                    yield Finding(path, number, f"`{found[1]}` has no version")
        for path in files.matching("pyproject.toml"):
            yield from self._declared(files, path)

    def _declared(self, files: Snapshot, path: str) -> Iterator[Finding]:
        tool = files.toml(path).get("tool")
        poetry = tool.get("poetry") if isinstance(tool, dict) else None
        loose = poetry.get("dependencies") if isinstance(poetry, dict) else None
        where = located.lines(files.text(path))
        for name, version in (loose if isinstance(loose, dict) else {}).items():
            if version == "*":
                line = located.nearest(where, ("tool", "poetry", "dependencies", name))
                yield Finding(path, line, f"`{name}` has no version")
        project = files.toml(path).get("project")
        wanted = project.get("dependencies") if isinstance(project, dict) else None
        text = files.text(path)
        start = located.nearest(located.lines(text), ("project", "dependencies"))
        for each in wanted if isinstance(wanted, list) else []:
            if isinstance(each, str) and (found := _BARE.match(each)):
                rest = enumerate(text.splitlines()[start - 1 :], start=start)
                line = next((n for n, line in rest if each in line), start)
                yield Finding(path, line, f"`{found[1]}` has no version")


class PinnedImage(Rule):
    """An image starts from a fixed one."""

    id = "MW-P4-8"
    needs = "image"
    reads = ("dockerfile", "Dockerfile")
    why = "Without a tag the next build starts from another system."
    fix = "Name a version, better still its digest."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for FROM without a tag, or with `latest`."""
        for path in files.matching(*DOCKERFILES):
            stages = {"scratch"}
            for number, line in enumerate(files.text(path).splitlines(), start=1):
                if not (found := _FROM.match(line)):
                    continue
                image, name = found[1], found[2]
                loose = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
                if image not in stages and loose and "$" not in image:
                    yield Finding(path, number, f"`{image}` is whatever it is on that day")
                stages.add(name or "")


class OrdinaryUser(Rule):
    """An image does not run as root."""

    id = "MW-P4-9"
    needs = "image"
    reads = ("dockerfile", "Dockerfile")
    why = "Who gets out of a process that runs as root has much more in hand."
    fix = "Create a user and name it with USER before the command."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look at the last USER of each file."""
        for path in files.matching(*DOCKERFILES):
            users = _USER.findall(files.text(path))
            if _FROM.search(files.text(path)) and (not users or users[-1] in {"root", "0"}):
                yield Finding(path, 0, "it runs as root")


RULES = (Locked(), Bounded(), PinnedImage(), OrdinaryUser())
