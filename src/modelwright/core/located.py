"""Where a key of a TOML file stands, since a parsed one remembers no lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")

Key = tuple[str | int, ...]


def lines(text: str) -> Mapping[Key, int]:
    """Return the line of each table and key; the tables of an array are numbered from 0."""
    found: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, line in _outside_strings(text):
        if match := _TABLE.match(line):
            table = _parts(match[2])
            if match[1] == "[[":
                index = counts[table] = counts.get(table, -1) + 1
                table = (*table, index)
            found.setdefault(table, number)
        elif match := _KEY.match(line):
            found.setdefault((*table, *_parts(match[1])), number)
    return found


def nearest(known: Mapping[Key, int], key: Key) -> int:
    """Return the line of *key*, or of the innermost table around it; 1 without any."""
    while key and key not in known:
        key = key[:-1]
    return known.get(key, 1)


def fault_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """Return the line at which a parser gave up."""
    said = re.search(r"at line (\d+)", str(error))
    return int(said[1]) if said else max(1, len(text.splitlines()))


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that no multi-line string holds."""
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            yield number, line
        for mark in ('"""', "'''"):
            if inside in {"", mark} and line.count(mark) % 2:
                inside = "" if inside else mark


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
