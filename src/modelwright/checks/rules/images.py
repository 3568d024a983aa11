"""P4 engineering end to end: images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...core.finding import Finding
from ..places import DOCKERFILES
from ..rule import Rule
from ..snapshot import Snapshot

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*([^\s\"']+)(?:\s+AS\s+(\S+))?\s*$", re.I)
_USER = re.compile(r"^\s*USER\s+([^\s:]+)", re.I)
_ARGUMENT = re.compile(r"^\s*ARG\s+(\w+)=[\"']?([^\s\"']+)", re.I)
_HEREDOC = re.compile(r"<<-?[\"']?(\w+)")
# Images that end as an ordinary user, and Lambda's, whose user Lambda chooses.
_ORDINARY = re.compile(r"nonroot|/ubi\d+/(python|nodejs)|gitpod/|jupyter/|bitnami/|lambda/python")
_ROOT = {"root", "0"}


@dataclass
class Stage:
    """One FROM of a Dockerfile: its line, its image and name, and its last user."""

    line: int
    image: str
    name: str
    user: str = ""


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
            known = {"scratch"}
            for stage in _stages(files.text(path)):
                image = stage.image
                loose = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
                if image not in known and loose and "$" not in image:
                    said = f"`{image}` is whatever it is on that day"
                    yield Finding(path, stage.line, said)
                known.add(stage.name)


class OrdinaryUser(Rule):
    """An image does not run as root."""

    id = "MW-P4-9"
    needs = "image"
    reads = ("dockerfile", "Dockerfile")
    why = "Who gets out of a process that runs as root has much more in hand."
    fix = "Create a user and name it with USER before the command."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look at the last USER of each file's last stage, or of the one that it starts from."""
        for path in files.matching(*DOCKERFILES):
            if (stages := [*_stages(files.text(path))]) and _user(stages) in {"", *_ROOT}:
                yield Finding(path, 0, "it runs as root")


def _user(stages: list[Stage]) -> str:
    """Return who runs the last of *stages*, or ""."""
    *before, last = stages
    if last.user:
        return last.user
    if _ORDINARY.search(last.image):
        return "an ordinary one"
    origin = [n for n, each in enumerate(before) if each.name and each.name == last.image]
    return _user(stages[: origin[-1] + 1]) if origin else ""


def _stages(text: str) -> Iterator[Stage]:
    """Yield the stages of a Dockerfile, with the defaults of its arguments put in."""
    known: dict[str, str] = {}
    stage = None
    for number, line in _instructions(text):
        if found := _ARGUMENT.match(line):
            known[found[1]] = found[2]
        told = re.sub(r"\$\{?(\w+)\}?", lambda at: known.get(at[1], at[0]), line)
        if found := _FROM.match(told):
            if stage:
                yield stage
            stage = Stage(number, found[1], found[2] or "")
        elif stage and (found := _USER.match(told)):
            stage.user = found[1]
    if stage:
        yield stage


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that begin an instruction: no second lines, and nothing of a heredoc."""
    goes_on, until = False, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if until:
            until = "" if line.strip() == until else until
        elif not goes_on:
            yield number, line
            found = _HEREDOC.search(line)
            until = found[1] if found and line.lstrip().upper().startswith(("RUN", "COPY")) else ""
        if not line.lstrip().startswith("#"):
            goes_on = line.rstrip().endswith("\\")


RULES = (PinnedImage(), OrdinaryUser())
