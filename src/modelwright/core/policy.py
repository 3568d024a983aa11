"""An organisation's standard: what its projects must, may and must not be."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import isnan
from typing import Any

from . import located
from .addresses import without_credentials
from .errors import Stop
from .overlay import Overlay, inside

_UPWARDS = re.compile(r"\.\.|\\|%2e|%2f|%5c", re.I)

Answer = str | int | float | bool | list[str]


@dataclass(frozen=True)
class Policy:
    """One policy file. What is None restricts nothing; `at` says where a setting stands."""

    file: str
    name: str = ""
    owners: tuple[str, ...] = ()
    pinned: Mapping[str, Answer] = field(default_factory=dict)
    default: Mapping[str, Answer] = field(default_factory=dict)
    trusted: tuple[str, ...] | None = None
    required: tuple[str, ...] = ()
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    licences: tuple[str, ...] | None = None
    registries: tuple[str, ...] | None = None
    overlays: tuple[Overlay, ...] = ()
    lines: Mapping[located.Key, int] = field(default_factory=dict, repr=False, compare=False)

    def at(self, *key: str | int) -> str:
        """Return the file and the line of a setting."""
        return f"{self.file}:{located.nearest(self.lines, key)}"

    def leaves_out(self, url: str) -> bool:
        """Say whether it lists templates, and not this one."""
        return self.trusted is not None and not matches(url, self.trusted)


def matches(url: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a pattern matches all of *url*; credentials count for nothing.

    A way up, however it is spelt, would lead out of what a pattern names.
    """
    if _UPWARDS.search(url):
        return False
    bare = without_credentials(url).rstrip("/")
    return any(fnmatchcase(bare, pattern.rstrip("/")) for pattern in patterns)


def parse(text: str, file: str) -> Policy:
    """Read a policy *file*.

    Raises:
        Stop: it is no TOML, or says something that no policy can; the line is named.

    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = located.fault_line(error, text)
        raise Stop(
            f"{file}:{line}: the policy is no TOML",
            why=str(error),
            fix="mend that line; `modelwright policy init` writes an example",
        ) from None
    except RecursionError:
        raise Stop(f"{file}:1: the policy is nested too deeply", fix="write plain tables") from None
    return _Reader(file, located.lines(text)).policy(found)


@dataclass(frozen=True)
class _Reader:
    """Takes settings out of what was parsed, and refuses what it does not understand."""

    file: str
    lines: Mapping[located.Key, int]

    def policy(self, found: Mapping[str, Any]) -> Policy:
        """Return the whole policy."""
        self._refuse_unknown((), found)
        tables = {name: self._table(found, name) for name in _KEYS if name not in {"", "overlays"}}
        answers, contract = tables["answers"], tables["contract"]
        return Policy(
            self.file,
            self._of(found, ("name",), str, "a text") or "",
            self._texts(found, ("owners",)) or (),
            self._answers(answers, "pinned"),
            self._answers(answers, "default"),
            self._texts(tables["templates"], ("templates", "trusted")),
            self._texts(tables["audit"], ("audit", "required")) or (),
            self._numbers(contract, "at_least"),
            self._numbers(contract, "at_most"),
            self._texts(tables["licences"], ("licences", "allowed")),
            self._texts(tables["registries"], ("registries", "allowed")),
            self._overlays(found),
            self.lines,
        )

    def _table(self, found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = self._of(found, (name,), dict, "a table") or {}
        self._refuse_unknown((name,), table)
        return table

    def _of(self, found: Mapping[str, Any], key: located.Key, kind: type, said: str) -> Any:
        value = found.get(str(key[-1]))
        if value is not None and not isinstance(value, kind):
            raise self._fault(key, f"it has to be {said}, and is {_shown(value)}")
        return value

    def _overlays(self, found: Mapping[str, Any]) -> tuple[Overlay, ...]:
        rows = self._of(found, ("overlays",), list, "a list of tables, [[overlays]]") or []
        return tuple(self._overlay(("overlays", number), row) for number, row in enumerate(rows))

    def _overlay(self, key: located.Key, row: Any) -> Overlay:
        if not isinstance(row, dict):
            raise self._fault(key, f"an overlay is a table, and not {_shown(row)}")
        self._refuse_unknown(key, row)
        texts = {
            name: self._of(row, (*key, name), str, "a text") or ""
            for name in ("source", "ref", "folder")
        }
        if not texts["source"].strip():
            raise self._fault(key, "it names no `source`", "name a folder or a git address")
        remove = self._texts(row, (*key, "remove")) or ()
        for name, paths in (("folder", filter(None, (texts["folder"],))), ("remove", remove)):
            if wrong := next((each for each in paths if not inside(each)), None):
                raise self._fault((*key, name), f"{_shown(wrong)} is no path below the root")
        place = f"{self.file}:{located.nearest(self.lines, key)}"
        return Overlay(**texts, remove=tuple(remove), place=place)

    def _texts(self, found: Mapping[str, Any], key: located.Key) -> tuple[str, ...] | None:
        values = self._of(found, key, list, "a list of texts")
        for each in values or []:
            if not isinstance(each, str) or not each.strip():
                raise self._fault(key, f"it has to be a list of texts, and holds {_shown(each)}")
        return None if values is None else tuple(values)

    def _answers(self, table: Mapping[str, Any], name: str) -> Mapping[str, Answer]:
        answers = self._of(table, ("answers", name), dict, "a table of answers") or {}
        for question, value in answers.items():
            plain = isinstance(value, str | int | float | bool)
            if not plain and not (
                isinstance(value, list) and all(isinstance(each, str) for each in value)
            ):
                raise self._fault(("answers", name, question), f"no answer can be {_shown(value)}")
        return answers

    def _numbers(self, table: Mapping[str, Any], name: str) -> Mapping[str, float]:
        start: located.Key = ("contract", name)
        limits = self._of(table, start, dict, "a table of limits") or {}
        return dict(self._flat(start, limits, ""))

    def _flat(
        self, key: located.Key, table: Mapping[str, Any], prefix: str
    ) -> Iterator[tuple[str, float]]:
        for name, value in table.items():
            if isinstance(value, dict):
                yield from self._flat((*key, name), value, f"{prefix}{name}.")
            elif isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
                raise self._fault((*key, name), f"a limit is a number, and not {_shown(value)}")
            else:
                yield f"{prefix}{name}", float(value)

    def _refuse_unknown(self, key: located.Key, table: Mapping[str, Any]) -> None:
        known = _KEYS[str(key[0]) if key else ""]
        for name in table:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                said = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"
                raise self._fault((*key, name), "a policy has no such setting", said)

    def _fault(self, key: located.Key, why: str, fix: str = "") -> Stop:
        line = located.nearest(self.lines, key)
        said = ".".join(map(str, key))
        usual = "mend that line; `modelwright policy init` writes an example"
        return Stop(f"{self.file}:{line}: `{said}` can't be used", why=why, fix=fix or usual)


_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        "name",
        "owners",
        "answers",
        "templates",
        "audit",
        "contract",
        "licences",
        "registries",
        "overlays",
    ),
    "answers": ("pinned", "default"),
    "templates": ("trusted",),
    "audit": ("required",),
    "contract": ("at_least", "at_most"),
    "licences": ("allowed",),
    "registries": ("allowed",),
    "overlays": ("source", "ref", "folder", "remove"),
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits a line
