"""What readers labelled in real projects and seeded into small ones, beside what rules say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from corpus import Archive

from modelwright.checks.precision import Tally
from modelwright.core.errors import Stop
from modelwright.core.finding import Finding

# Statements have several lines, and readers name one of them.
_NEAR = 3
_SOMEWHERE = _NEAR + 1
_ANYWHERE = _NEAR + 2


@dataclass(frozen=True)
class Label:
    """A place that is a breach of a rule, or looks like one; *seen* by reading, or as a finding."""

    rule: str
    path: str
    line: int
    breach: bool
    seen: Literal["reading", "finding"]
    why: str


@dataclass(frozen=True)
class Project:
    """A source distribution, and its labels."""

    archive: Archive
    kind: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Seed:
    """Files that break a rule, or only seem to."""

    rule: str
    name: str
    breach: bool
    files: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """What a rule said of one project, beside its labels."""

    tally: Tally
    unjudged: tuple[Finding, ...]
    wrong: tuple[Label, ...]
    missed: tuple[Label, ...]


def projects(folder: Path) -> Iterator[Project]:
    """Yield every labelled project of *folder*.

    Raises:
        Stop: a file is not what a file of labels is; it is named.

    """
    for path, said in _tables(folder):
        try:
            archive = Archive(said["project"], said["version"], said["sha256"])
            labels = tuple(_label(each) for each in said.get("label", ()))
            yield Project(archive, said["kind"], labels)
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(path, error) from error


def seeds(folder: Path) -> Iterator[Seed]:
    """Yield every seed of *folder*.

    Raises:
        Stop: a file is not what a file of seeds is; it is named.

    """
    for path, said in _tables(folder):
        try:
            for each in said["seed"]:
                yield Seed(said["rule"], each["name"], each["breach"], dict(each["files"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(path, error) from error


def compared(findings: Sequence[Finding], labels: Sequence[Label]) -> Comparison:
    """Hold what one rule found in a project against the labels of that rule.

    Each finding goes to the nearest label; a label counts once, however many go to it.
    """
    hit, unjudged = set[Label](), list[Finding]()
    for each in findings:
        label = _nearest(each, labels, alone=len(findings) == 1)
        hit |= {label} if label else set()
        unjudged += [] if label else [each]
    wrong = tuple(each for each in labels if each in hit and not each.breach)
    faults = [each for each in labels if each.breach and each.seen == "reading"]
    missed = tuple(each for each in faults if each not in hit)
    tally = Tally(len(hit) - len(wrong), len(wrong), len(faults) - len(missed), len(missed))
    return Comparison(tally, tuple(unjudged), wrong, missed)


def _nearest(finding: Finding, labels: Sequence[Label], *, alone: bool) -> Label | None:
    near = [(far, each) for each in labels if (far := _distance(finding, each, alone=alone)) >= 0]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _distance(finding: Finding, label: Label, *, alone: bool) -> int:
    """Return how far a label is from a finding, -1 where they speak of different things.

    A rule about the repository has one finding, wherever it shows it.
    """
    if finding.path != label.path:
        return _ANYWHERE if alone and not (finding.path and label.path) else -1
    if not (finding.line and label.line):
        return _SOMEWHERE
    apart = abs(finding.line - label.line)
    return apart if apart <= _NEAR else -1


def _tables(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.toml")):
        try:
            yield path, tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _strange(path, error) from error


def _label(said: dict[str, Any]) -> Label:
    if said["seen"] not in {"reading", "finding"}:
        raise ValueError(said["seen"])
    return Label(
        said["rule"], said["path"], said["line"], said["breach"], said["seen"], said["why"]
    )


def _strange(path: Path, error: Exception) -> Stop:
    return Stop(f"{path.name} can't be read", why=repr(error), fix="write it like the others")
