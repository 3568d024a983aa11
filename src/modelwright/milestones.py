"""The deadlines of any project with a `milestones.toml`, by the code that projects ship with.

The package of the packaged template is loaded as it is, so there is one evaluator. It reads what a
project's own run wrote down and what git remembers, and runs nothing of the project's.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from . import builtin
from .core.errors import Stop

FILE = "milestones.toml"
ANSWERS = ".copier-answers.yml"
_NAME = "modelwright_milestones"


def module(name: str) -> Any:
    """Return the module *name* of the template's package `milestones`."""
    if _NAME not in sys.modules:
        package = ModuleType(_NAME)
        package.__path__ = [str(builtin.folder() / "template/src/acme_project/milestones")]
        sys.modules[_NAME] = package
    return importlib.import_module(f"{_NAME}.{name}")


def around(folder: Path) -> Path:
    """Return the project that *folder* belongs to.

    Raises:
        Stop: there is none with a plan.

    """
    place = folder.absolute()
    for each in (place, *place.parents):
        if (each / FILE).is_file():
            return each
    raise Stop(
        f"no {FILE} in `{folder}` or above it",
        why="it holds a project's deadlines",
        fix="name a project's folder: modelwright milestones check PROJECT",
    )


def command(project: Path) -> str:
    """Return what *project* calls its own command, else the name of its folder."""
    answers = project / ANSWERS
    text = answers.read_text("utf-8", errors="replace") if answers.is_file() else ""
    found = re.search(r"^command: ([a-z][a-z0-9-]*)$", text, re.M)
    return found[1] if found else project.name


@contextmanager
def plainly() -> Generator[None]:
    """Turn what is wrong with a plan into words that say how to mend it.

    Raises:
        Stop: the plan can't be used, or a move is refused.

    """
    bad = module("reading").BadPlan
    try:
        yield
    except bad as error:
        raise Stop(error.what, why=error.why, fix=error.fix) from None
