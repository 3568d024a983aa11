"""P4 engineering end to end: owners, automation, dependencies, images."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from ...core import located
from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from ..suppression import read
from .words import said

_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_OWNER = re.compile(r"^\s*(?!#)\S+\s+.*@")
_HASH = re.compile(r"@([0-9a-f]{40}|sha256:[0-9a-f]{64})$")
_TESTED = re.compile(r"pytest|unittest|\btox\b|\bnox\b|\btests?\b", re.I)
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "pipfile.lock", "conda-lock.y*ml")
_LOCKS += ("pylock*.toml", "constraints*.txt", "requirements*.lock", "*.lock.txt")
_BARE = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(;.*|#.*)?$")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.I | re.M)
_USER = re.compile(r"^\s*USER\s+(\S+)", re.I | re.M)


class Owners(Rule):
    """Every part has an owner."""

    id = "MW-P4-1"
    needs = "python"
    reads = ("CODEOWNERS",)
    why = "What belongs to everybody is mended by nobody; reviews and alerts need a person."
    fix = "Add a CODEOWNERS file whose first line owns everything."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a CODEOWNERS file that names somebody."""
        there = [path for path in _OWNERS if path in files.paths]
        if not there:
            yield Finding("CODEOWNERS", 0, "it does not exist")
        elif not any(map(_OWNER.match, files.text(there[0]).splitlines())):
            yield Finding(there[0], 1, "it names nobody")


class Automation(Rule):
    """Changes are checked by a machine."""

    id = "MW-P4-2"
    needs = "python"
    reads = (".yml", ".yaml")
    why = "A check that somebody has to remember is skipped when it matters."
    fix = "Add a workflow that runs the tests for every change."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a pipeline's file."""
        if not files.pipelines:
            yield Finding("", 0, "there is no continuous integration")


class AutomatedTests(Rule):
    """The automation runs the tests."""

    id = "MW-P4-3"
    needs = "pipelines"
    reads = (".yml", ".yaml")
    why = "A pipeline that only builds or deploys lets a broken model through."
    fix = "Run pytest in a job that others wait for."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a test's command in all pipelines."""
        if not said(files, _TESTED, *(path.lower() for path in files.pipelines)):
            yield Finding(files.pipelines[0], 0, "no pipeline runs tests")


class PinnedActions(Rule):
    """Actions are pinned by their full hash."""

    id = "MW-P4-4"
    needs = "workflows"
    reads = (".yml", ".yaml")
    why = "A tag can be moved to other code, which then runs with the repository's secrets."
    fix = "Write the commit's 40 digits after `@`, with the version as a comment."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look at every `uses` of another repository."""
        for path in files.workflows:
            for value, line in _values(files.nodes(path), "uses"):
                if not value.startswith(("./", "../")) and not _HASH.search(value):
                    yield Finding(path, line, f"`{value}` can change under its name")


class LeastPermission(Rule):
    """Workflows say what they may do."""

    id = "MW-P4-5"
    needs = "workflows"
    reads = (".yml", ".yaml")
    why = "Without it the token may write wherever the organisation's default allows."
    fix = "Start the workflow with `permissions: {}` and grant each job what it needs."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for `permissions` at the top, or in every job."""
        for path in files.workflows:
            top = _mapping(files.nodes(path))
            jobs = _mapping(top.get("jobs"))
            granted = jobs and all("permissions" in _mapping(job) for job in jobs.values())
            if "permissions" not in top and not granted:
                yield Finding(path, 1, "it says nothing about permissions")


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
        for path in files.matching("*dockerfile*"):
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
        for path in files.matching("*dockerfile*"):
            users = _USER.findall(files.text(path))
            if _FROM.search(files.text(path)) and (not users or users[-1] in {"root", "0"}):
                yield Finding(path, 0, "it runs as root")


class SuppressionsExplained(Rule):
    """What is suppressed has a reason and an end."""

    id = "MW-P4-10"
    severity = "error"
    reads = ("pyproject.toml",)
    why = "A suppression without them is a rule that was switched off for good, by nobody."
    fix = 'Write rule, reason = "..." and until = 2027-03-31 for each.'

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look at `[[tool.modelwright.audit.suppress]]` in pyproject.toml."""
        yield from read(files).faults


def _values(node: yaml.Node | None, key: str) -> Iterator[tuple[str, int]]:
    """Yield every value of *key* with its line; what an anchor repeats is looked at once."""
    todo, seen = [node], set[int]()
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, yaml.SequenceNode):
            todo += each.value
        elif isinstance(each, yaml.MappingNode):
            for name, value in each.value:
                if name.value == key and isinstance(value, yaml.ScalarNode):
                    yield value.value, value.start_mark.line + 1
                todo.append(value)


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {name.value: value for name, value in node.value if isinstance(name.value, str)}


RULES = (
    Owners(),
    Automation(),
    AutomatedTests(),
    PinnedActions(),
    LeastPermission(),
    Locked(),
    Bounded(),
    PinnedImage(),
    OrdinaryUser(),
    SuppressionsExplained(),
)
