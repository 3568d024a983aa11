"""An overlay rendered as Copier renders a template, and nothing of it run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import Stop
from ..core.lineage import Source
from ..git.templates import Release
from .engine import Fetched
from .failures import explained
from .rendering import Rendering

_CODE = ("jinja_extensions", "tasks", "migrations", "external_data")


def vet(source: str, folder: Path) -> None:
    """Refuse what no overlay may be.

    Raises:
        Stop: it is malformed, or would run code.

    """
    with explained(Source(source)):
        _template(source, folder)


def lay_out(source: str, folder: Path, answers: Mapping[str, Any], into: Path) -> bool:
    """Render the files in *folder* into the new folder *into*; say whether that may be named.

    Files that end as Copier's templates do are rendered with the *answers*, and so are all
    paths; other files are taken as they are.

    Raises:
        Stop: it is malformed, or would run code.

    """
    with explained(Source(source)):
        rendering = Rendering(Source(source), into, _template(source, folder))
        into.parent.mkdir(parents=True, exist_ok=True)
        rendering.write(answers, into)
        into.mkdir(exist_ok=True)
        return rendering.names_folder(answers)


def _template(source: str, folder: Path) -> Fetched:
    template = Fetched(source, None, Release("", "", folder))
    if code := [f"_{name}" for name in _CODE if template.config_data.get(name)]:
        raise Stop(
            f"it would run code, or read other files: {', '.join(code)}",
            why="an overlay brings files and nothing else, whoever trusts it",
        )
    return template
