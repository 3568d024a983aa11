"""The code of a notebook as one module, whose lines are those of its file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .code import Unparsable

_ASSIGNED = re.compile(r"[\w, ]+=\s*[%!]")
_MAGIC = ("%", "!", "?")


def cells_of(text: str) -> list[dict[str, Any]]:
    """Return the cells of a notebook.

    Raises:
        Unparsable: it is no JSON, or no notebook.

    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unparsable(f"it is no JSON: {error}") from error
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise Unparsable("it is no notebook of format 4")
    return [cell for cell in cells if isinstance(cell, dict)]


def code_of(text: str) -> tuple[str, tuple[int, ...]]:
    """Return all code of a notebook, and for each of its lines that of the file.

    Raises:
        Unparsable: it is no JSON, or no notebook.

    """
    places = _places(text)
    found = [(line, places(line)) for cell in cells_of(text) for line in _source(cell)]
    return "".join(line for line, _ in found), tuple(place for _, place in found)


def _source(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a cell of Python; what the shell or a magic would do is left out."""
    source = cell.get("source")
    told = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
    if cell.get("cell_type") != "code" or told.startswith("%%"):
        return
    for line in told.splitlines():
        bare = line.lstrip()
        indent = line[: len(line) - len(bare)]
        shell = bare.startswith(_MAGIC) or bare.endswith("?") or _ASSIGNED.match(bare)
        yield f"{indent}pass\n" if shell else f"{line}\n"


def _places(text: str) -> Any:
    """Return what finds a line of code in the file, on from where the last one was."""
    lines = text.splitlines()
    at = 0

    def place(code: str) -> int:
        nonlocal at
        wanted = json.dumps(code.rstrip("\n"), ensure_ascii=False)[1:-1]
        for number in range(at, len(lines)) if wanted.strip() else ():
            if wanted in lines[number]:
                at = number
                break
        return at + 1

    return place
