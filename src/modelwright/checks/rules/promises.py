"""P9 deadlines are promises, and P10 sensible results quickly."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from ...core import located
from ...core.finding import Finding
from ..places import DOCKERFILES
from ..rule import Rule
from ..snapshot import Snapshot
from .words import headed, said, written

_PLANS = ("*milestone*", "*roadmap*", "*road?map*", "docs/plan*", "plan.md", "*timeline*")
_PLANNED = re.compile(
    r"\b(milestones?|road[ -]?map|timeline|schedule)\b|^(the |our |project |release |work )?plan\b",
    re.I,
)
_CHANGES = ("changelog*", "changes*", "history*", "news*", "*release*notes*", "docs/changelog*")
_CHANGES += ("*what*s?new*", "releases.*", ".changeset/*")
_CHANGED = re.compile(r"^(change ?log|changes|release notes|history|what.?s new)\b", re.I)
_LATER = re.compile(r"|tb[ad]|todo|\?+|n/?a|none|unknown", re.I)
_PAGES = ("", ".md", ".rst", ".txt")
_COMMAND = re.compile(
    r"(^\s*([$>%!*-] )?|`)(uv|pip3?|python3?|poetry|make|just|docker|conda|mamba|dvc|pixi|kedro|tox"
    r"|nox|pdm|hatch|pipenv|pipx|task|invoke|bash|sh|\./\S+|git clone)(?=[ `]|$)"
)
_CONSOLE = re.compile(r"\b(console_scripts|entry_points|scripts\s*=)")
_RUNNERS = ("makefile", "justfile", "dvc.yaml", "tasks.py", "noxfile.py", "dodo.py", "snakefile")
_RUNNERS += ("taskfile.y*ml", "mlproject", "*.sh", "*/makefile", "kedro*")


class Milestones(Rule):
    """There is a plan with dates."""

    id = "MW-P9-1"
    needs = "model"
    reads = (".toml", ".md")
    why = "People who depend on a model plan with its dates, said or not."
    fix = "Write milestones.toml, or a roadmap: what, by when, by whom, for whom."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a plan or its heading."""
        if not written(files, *_PLANS) and not headed(files, _PLANNED, "*.md", "*.rst"):
            yield Finding("milestones.toml", 0, "no file says what is due when")


class WholeMilestones(Rule):
    """Each milestone has a date, an owner and a consumer."""

    id = "MW-P9-2"
    needs = "plan"
    reads = ("milestones.toml",)
    why = "A promise needs a day, somebody who keeps it, and somebody who waits for it."
    fix = "Complete the entry in milestones.toml: due, owner, consumers."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look at every entry."""
        path = "milestones.toml"
        where = located.lines(files.text(path))
        for key, entry in _entries(files.toml(path)):
            for names in (("due", "date"), ("owner",), ("consumers", "consumer")):
                value = next((entry[name] for name in names if name in entry), None)
                if _is_open(value) or (names[0] == "due" and not _is_day(value)):
                    line = located.nearest(where, key)
                    yield Finding(path, line, f"a milestone has no {names[0]}")


def _entries(plan: Any) -> Iterator[tuple[located.Key, dict[str, Any]]]:
    """Yield the entries of a list or of a table called milestone(s)."""
    for name in ("milestone", "milestones"):
        found = plan.get(name)
        if isinstance(found, list):
            yield from (((name, n), each) for n, each in enumerate(found) if isinstance(each, dict))
        elif isinstance(found, dict):
            yield from (((name, n), each) for n, each in found.items() if isinstance(each, dict))


def _is_open(value: Any) -> bool:
    """Say whether nothing is said, or only that somebody has yet to say it."""
    if isinstance(value, list):
        return all(map(_is_open, value))
    return not value or (isinstance(value, str) and bool(_LATER.fullmatch(value.strip())))


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, dt.date)


class Changes(Rule):
    """Who depends on it is told what changes."""

    id = "MW-P9-3"
    severity = "note"
    needs = "service"
    reads = (".md",)
    why = "Whoever calls the service has to change their code in time, and can't guess when."
    fix = "Keep a CHANGELOG.md, newest first."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a changelog."""
        pages = (path for path in files.matching(*_CHANGES) if PurePath(path).suffix in _PAGES)
        told = any(files.text(path).strip() for path in pages)
        if not told and not headed(files, _CHANGED, "readme*"):
            yield Finding("CHANGELOG.md", 0, "it does not exist")


class QuickStart(Rule):
    """The README gets a stranger to a first result."""

    id = "MW-P10-1"
    needs = "learning"
    reads = (".md", ".rst")
    why = "What takes a day of asking around is not tried a second time."
    fix = "Show the commands from a clone to a prediction, in order."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a command in the README."""
        pages = list(files.matching("readme*"))
        if not pages:
            yield Finding("README.md", 0, "it does not exist")
        elif not said(files, _COMMAND, "readme*"):
            yield Finding(pages[0], 0, "it shows no command")


class OneCommand(Rule):
    """One command runs everything."""

    id = "MW-P10-2"
    needs = "model"
    reads = (".toml", ".py")
    why = "Steps that people put together by hand are put together in different ways."
    fix = "Add a recipe (just, make, dvc.yaml), or a command of the package, that runs all stages."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a runner's file, a console script or a package that runs."""
        scripted = any(_scripts(files, path) for path in files.matching("pyproject.toml"))
        named = said(files, _CONSOLE, "setup.py", "setup.cfg")
        if scripted or named or any(files.matching(*_RUNNERS, "*__main__.py")):
            return
        yield Finding("", 0, "no recipe and no command runs the pipeline")


def _scripts(files: Snapshot, path: str) -> bool:
    found = files.toml(path)
    project, tool = found.get("project"), found.get("tool")
    if not isinstance(tool, dict):
        tool = {}
    scripted = [each for each in (project, tool.get("poetry"), tool.get("pdm"))
                if isinstance(each, dict) and "scripts" in each]  # fmt: skip
    return bool(scripted) or bool(tool.keys() & {"poe", "pixi", "hatch", "taskipy"})


class PythonVersion(Rule):
    """The Python that it needs is stated."""

    id = "MW-P10-3"
    needs = "learning"
    reads = (".toml", ".py", ".cfg")
    why = "With another Python the installation fails, or succeeds with other versions."
    fix = "Write `requires-python` in pyproject.toml."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for the places where tools state it."""
        stated = re.compile(
            r"requires[-_]python\W+\d|requires[-_]python\W*[=:]\s*\w|python_requires|^python\s*="
            r"|- [\"']?python\s*[=<>]|\[\W*python\s*=|^FROM.*python:|^python_version\s*=|^python \d"
        )
        places = (
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "environment*.y*ml",
            "pixi.toml",
            "pipfile",
            "mise.toml",
            ".tool-versions",
            *DOCKERFILES,
        )
        elsewhere = any(files.matching(".python-version", "runtime.txt", "uv.lock"))
        if not elsewhere and not said(files, stated, *places):
            yield Finding("pyproject.toml", 0, "nothing says which Python is needed")


RULES_DEADLINES = (Milestones(), WholeMilestones(), Changes())
RULES_QUICK = (QuickStart(), OneCommand(), PythonVersion())
