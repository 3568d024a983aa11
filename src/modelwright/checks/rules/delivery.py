"""P4 engineering end to end: owners and automation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from ..suppression import read
from .words import said

_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_OWNER = re.compile(r"^\s*(?!#)\S+\s+[^#]*@")
_APPROVERS = re.compile(r"^\s*-\s+\w")  # of Prow
_CATALOGUED = re.compile(r"^\s+owner:\s*\S")  # of Backstage
_HASH = re.compile(r"@([0-9a-f]{40}|sha256:[0-9a-f]{64})$")
_TESTED = re.compile(
    r"\b(pytest|py\.test|nosetests|unittest|tox|nox|behave)\b(?!.*--(version|collect-only|co)\b)"
    r"|\b(make|just|task|run|invoke|inv|hatch|pdm|poe|npm|setup\.py|doit|bazel|rake|pixi)"
    r" +(\S+ +)*?[\w:-]*\b(tests?|check)\b",
    re.I,
)
_NO_TEST = re.compile(
    r"^\s*#|\becho\b|\b(pip|uv|conda|apt-get|poetry|pdm)3? +(\w+ +)?(install|add)\b"
)
_ACTIONS = ("action.y*ml", ".github/*/action.y*ml")


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
        elsewhere = said(files, _APPROVERS, "owners") or said(files, _CATALOGUED, "catalog-info.y*")
        if not there and elsewhere:
            return
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
        lines = (line for path in files.pipelines for line in files.text(path).splitlines())
        commands = (_NO_TEST.split(line)[0] for line in lines)
        if not any(map(_TESTED.search, commands)):
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
        for path in (*files.workflows, *files.matching(*_ACTIONS)):
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
    SuppressionsExplained(),
)
