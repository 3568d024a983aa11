"""TOML read strictly: a value of another kind, or a key too many, is named by its line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


class BadPlan(Exception):
    """A plan that cannot be used: what is wrong, why that matters, and how to mend it."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix


@dataclass(frozen=True)
class Source:
    """The text of a file, which knows on which line a key stands."""

    name: str
    text: str

    def values(self) -> dict[str, Any]:
        """All that the file holds.

        Raises:
            BadPlan: the text is no TOML.
        """
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            reason = str(error)
        # A wrong day, as 2026-02-30, reads as a wrong date here, and as trailing text elsewhere.
        line = re.search(r"line (\d+)", reason)
        number = int(line[1]) if line else len(self.text.splitlines())
        said = re.sub(r" \(at .*\)$", "", reason)
        lines = self.text.splitlines()
        shown = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        raise BadPlan(
            f"{self.name}, line {number}: {said}: `{shown}`",
            why="nothing can be said about a plan that cannot be read",
            fix="correct that line; a day is written as 2027-01-29, and must exist",
        )

    def wrong(self, keys: tuple[str | int, ...], what: str, fix: str) -> BadPlan:
        """The error that names the line closest to the path *keys*."""
        where = f"{self.name}, line {self.line(keys)}"
        name = ".".join(str(key) for key in keys if isinstance(key, str))
        return BadPlan(f"{where}: {name}: {what}" if name else f"{where}: {what}", fix=fix)

    def line(self, keys: tuple[str | int, ...]) -> int:
        """The number (from 1) of the line that comes closest to *keys*; tables count from 0."""
        best, depth = 1, 0
        section: list[str | int] = []
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*(\[+)([^\]]+)\]", line):
                section = self.entered(section, header[2], many=header[1] == "[[")
                found = section
            elif key := re.match(r"\s*([\w.-]+)\s*=", line):
                found = [*section, *key[1].split(".")]
            else:
                continue
            if found == list(keys[: len(found)]) and len(found) > depth:
                best, depth = number, len(found)
        return best

    @staticmethod
    def entered(section: list[str | int], header: str, *, many: bool) -> list[str | int]:
        """The path of the table that *header* begins, after the table *section*."""
        parts: list[str | int] = [part.strip(" \"'") for part in header.split(".")]
        if not many:
            return parts
        if len(parts) == 1:
            before = section[1] if section[:1] == parts and len(section) > 1 else -1
            return [parts[0], int(before) + 1]
        inside = section[:2] if section[:1] == parts[:1] else [parts[0], 0]
        before = section[3] if section[2:3] == parts[1:2] else -1
        return [*inside, parts[1], int(before) + 1]


@dataclass(frozen=True)
class Table:
    """One table of a file, and where it stands."""

    source: Source
    keys: tuple[str | int, ...]
    values: Mapping[str, Any]

    def knows(self, *names: str) -> None:
        """Stop at a key that nobody reads."""
        if strangers := [key for key in self.values if key not in names]:
            known = ", ".join(names)
            raise self.wrong(strangers[0], "nobody reads this key", f"remove it; there are {known}")

    def text(self, key: str, default: str | None = None) -> str:
        """A line of text, which is not empty unless a *default* is."""
        value = self.values.get(key, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value
        lacking = "is missing" if value is None else "is empty" if value == "" else "is no text"
        raise self.wrong(key, lacking, f'write {key} = "..."')

    def day(self, key: str) -> date:
        """A day; a time or a zone makes it something else."""
        value = self.values.get(key)
        if value is None:
            raise self.wrong(key, "is missing", f"write {key} = 2027-01-29, with your day")
        if isinstance(value, datetime) or not isinstance(value, date):
            fix = f"write {key} = 2027-01-29: a day, without quotes, time or zone"
            raise self.wrong(key, f"{value} is no day", fix)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each of them once; empty where there is none."""
        value = self.values.get(key, [])
        good = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
        if not good or len(set(value)) < len(value):
            raise self.wrong(key, "is no list of different texts", f'write {key} = ["...", "..."]')
        return tuple(value)

    def tables(self, key: str) -> "list[Table]":
        """The tables of a list, in order; empty where there is none."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            header = ".".join(str(part) for part in (*self.keys, key) if isinstance(part, str))
            raise self.wrong(key, "is no list of tables", f"begin each of them with [[{header}]]")
        return [
            Table(self.source, (*self.keys, key, place), each) for place, each in enumerate(value)
        ]

    def table(self, key: str) -> "Table":
        """The one table of that name; empty where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "is no table", "write it as the other milestones do")
        return Table(self.source, (*self.keys, key), value)

    def wrong(self, key: str, what: str, fix: str) -> BadPlan:
        """The error that names the line of *key*."""
        return self.source.wrong((*self.keys, key), what, fix)
