"""What a practice or a test of the ML Test Score asks for, in the words that projects ship with."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import builtin, checks
from .core.errors import Stop

ANSWERS = ".copier-answers.yml"
RUBRIC = 'Breck, Cai, Nielsen, Salib and Sculley, "The ML Test Score", IEEE Big Data 2017'


@dataclass(frozen=True)
class Practice:
    """One of the ten: why it matters, what turns it red, where a team sets it, how to mend it."""

    id: str
    title: str
    why: str
    how: str
    where: str
    fix: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class MlTest:
    """One of the 28 tests of the ML Test Score: the command that makes its evidence, and its check.

    *file* and *command* are empty while nothing measures it.
    """

    id: str
    title: str
    why: str
    section: str
    command: str
    file: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class AuditRule:
    """A rule of the audit: why it is there, what it looks at, how to mend what it finds."""

    id: str
    title: str
    why: str
    how: str
    fix: str
    severity: str
    practice: str
    measured: str
    sources: tuple[str, ...] = ()


Entry = Practice | MlTest | AuditRule


def explain(wanted: str, project: Path) -> Entry:
    """Return the entry that *wanted* names, in any case, in the words of *project*.

    Raises:
        Stop: there is no such entry; the nearest ones are named.

    """
    known: dict[str, Entry] = {entry.id: entry for entry in entries(project)}
    if wanted.strip().upper().startswith("MW-"):
        known = {entry.id: entry for entry in audit_rules()}
    if found := known.get(wanted.strip().upper()):
        return found
    raise Stop(
        f"there is no practice, no test and no rule `{wanted}`",
        why=f"the nearest are {', '.join(_nearest(wanted, list(known.values())))}",
        fix="run `modelwright explain` for all of them",
    )


def entries(project: Path) -> tuple[Entry, ...]:
    """Return all practices and tests, with the names of the generated project around *project*."""
    return (*practices(names_in(project)), *ml_tests(names_in(project)))


def practices(spoken: Callable[[str], str]) -> tuple[Practice, ...]:
    """Return the ten practices, each text passed through *spoken*."""
    keys = ("title", "why", "how", "where", "fix")
    return tuple(
        Practice(name, *(spoken(words.get(key, "")) for key in keys), tuple(words["sources"]))
        for name, words in _text("practices.toml").items()
    )


def ml_tests(spoken: Callable[[str], str]) -> tuple[MlTest, ...]:
    """Return the 28 tests of the ML Test Score, each text passed through *spoken*."""
    keys = ("title", "why", "section", "command", "file")
    return tuple(
        MlTest(name, *(spoken(words.get(key, "")) for key in keys), (RUBRIC,))
        for name, words in _text("ml_tests.toml").items()
    )


def audit_rules() -> tuple[AuditRule, ...]:
    """Return the rules of the audit."""
    return tuple(
        AuditRule(
            rule.id,
            rule.title,
            rule.why,
            rule.looks,
            rule.fix,
            rule.severity,
            rule.practice,
            rule.measured.told + (f" It is off by default: {rule.doubt}." if rule.doubt else ""),
        )
        for rule in checks.RULES
    )


def names_in(folder: Path) -> Callable[[str], str]:
    """Return what turns sample names into those of the project around *folder*, else `PROJECT`."""
    files = (parent / ANSWERS for parent in (folder, *folder.parents))
    text = next((file.read_text("utf-8") for file in files if file.is_file()), "")
    given = dict(re.findall(r"^(command|package): ([a-z][a-z0-9_-]*)$", text, re.M))
    return partial(renamed, given=given)


def renamed(text: str, given: Mapping[str, str]) -> str:
    """Return *text* with the sample's command and package called as they are *given*."""
    for sample, name in (("acme-project", "command"), ("acme_project", "package")):
        text = text.replace(sample, given.get(name, "PROJECT"))
    return text


def _text(name: str) -> dict[str, dict[str, Any]]:
    """Read a file of the template's package as it ships, whose sample names are still samples."""
    path = builtin.folder() / "template/src/acme_project" / name
    return tomllib.loads(path.read_text("utf-8"))


def _nearest(wanted: str, known: list[Entry]) -> list[str]:
    """Return up to three ids whose title holds *wanted* or comes close to it, else the ranges."""
    spelled = {key.lower(): entry.id for entry in known for key in (entry.title, entry.id)}
    by_word = [entry.id for entry in known if wanted.strip().lower() in entry.title.lower()]
    close = [spelled[key] for key in difflib.get_close_matches(wanted.lower(), spelled, 3, 0.4)]
    return list(dict.fromkeys([*by_word, *close]))[:3] or ["P1 to P10", "D1 to O7"]
