"""Who answers for what: roles by contract.toml, stages, folders and files by CODEOWNERS."""

import re
from dataclasses import dataclass
from pathlib import Path

from codeowners import CodeOwners

from . import clone
from .cli import MODULES
from .evidence import declared
from .paths import Paths

OWNERS = "CODEOWNERS"


@dataclass(frozen=True)
class Ownership:
    """The owners of each stage's module and of each top-level folder, and of any file at all.

    *named* are all whom CODEOWNERS mentions, *busy* those who own a file of today's.
    """

    stages: dict[str, tuple[str, ...]]
    folders: dict[str, tuple[str, ...]]
    named: frozenset[str]
    busy: frozenset[str]


def ownership(root: Path) -> Ownership:
    """What CODEOWNERS says about the project under *root*, as GitHub reads it.

    Raises:
        Stop: git is not installed, so nobody knows which files belong to the project.
    """
    text = uncommented(root)
    book, held = CodeOwners(text), clone.files(root)

    def of(path: str) -> tuple[str, ...]:
        return tuple(name for _, name in book.of(path))

    folders = sorted({f"{name.partition('/')[0]}/" for name in held if "/" in name})
    return Ownership(
        {stage: of(module) for stage, module in modules(root).items()},
        {folder: of(folder) for folder in folders},
        frozenset(re.findall(r"(?<=\s)\S*@\S+", text)),
        frozenset(name for path in held for name in of(path)),
    )


def uncommented(root: Path) -> str:
    """The lines of CODEOWNERS without comments at their ends; none where there is no such file."""
    path = root / OWNERS
    return re.sub(r"(?m)(^|\s)#.*$", "", path.read_text("utf-8")) if path.exists() else ""


def modules(root: Path) -> dict[str, str]:
    """The module that each stage and study runs, as a path under *root*."""
    return {name: module(stage["cmd"].split()) for name, stage in declared(Paths(root)).items()}


def module(words: list[str]) -> str:
    """The file behind `python FILE`, `python -m PACKAGE COMMAND` or `... study --alone NAME`."""
    if words[1] != "-m":
        return words[1]
    package, command, *rest = words[2:]
    name = f"studies/{rest[-1]}" if rest else MODULES.get(command, command)
    return f"src/{package}/{name.replace('.', '/')}.py"
