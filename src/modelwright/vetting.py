"""What a rendering must be before anything of it reaches a project."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Generator
from pathlib import Path, PurePosixPath

import yaml

from .core.errors import Stop

LONGEST_PART = 150

# git itself reads these from a work tree; everything else that begins with `.git` is its own.
_GIT_FILES = {
    ".gitattributes",
    ".git-blame-ignore-revs",
    ".github",
    ".gitignore",
    ".gitkeep",
    ".gitlab",
    ".gitlab-ci.yml",
    ".gitmodules",
}
_RESERVED = re.compile(r"(con|nul|prn|aux|com\d|lpt\d)(\..*)?", re.I)
_UNPORTABLE = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]|[. ]$')


def vet_paths(root: Path) -> None:
    """Refuse a rendering whose paths leave *root*, touch git's own or don't travel.

    Raises:
        Stop: naming the first path that is refused.

    """
    seen: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        complaint = complain_of_path(PurePosixPath(name))
        if _leaves(path, root):
            complaint = "it is a link that leaves the project"
        elif not (path.is_symlink() or path.is_file() or path.is_dir()):
            complaint = "it is neither a file nor a folder"
        elif other := seen.get(name.casefold()):
            complaint = f"it differs only in case from {other!r}"
        if complaint:
            raise Stop(
                f"the template brings a path that is refused: {name!r}",
                why=complaint,
                fix="correct the template",
            )
        seen[name.casefold()] = name


def vet_links(root: Path) -> None:
    """Refuse a template one of whose links leaves *root*, if links are followed to render it.

    Raises:
        Stop: naming the link.

    """
    for path in root.rglob("*"):
        if _leaves(path, root):
            raise Stop(
                f"the template has a link that leaves it: {path.relative_to(root).as_posix()!r}",
                why="what it points at would be copied into the project",
                fix="correct the template",
            )


def unreadable(root: Path) -> Generator[str]:
    """Yield, for each file below *root* that does not parse as its name says, why."""
    for path in sorted(root.rglob("*")):
        parse = _PARSERS.get(path.suffix)
        if parse is None or not path.is_file():
            continue
        try:
            parse(path.read_text(encoding="utf-8"))
        except (ValueError, SyntaxError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            yield f"{path.relative_to(root).as_posix()}: {reason}"


def _leaves(path: Path, root: Path) -> bool:
    return path.is_symlink() and not path.resolve().is_relative_to(root.resolve())


def complain_of_path(path: PurePosixPath) -> str:
    """Say what keeps the parts of *path* from being names on every system."""
    for part in path.parts:
        if part.lower().startswith(".git") and part not in _GIT_FILES:
            return "git's own files are not a template's to write"
        if _RESERVED.fullmatch(part) or _UNPORTABLE.search(part) or not part.isprintable():
            return "the name does not exist on every system"
        if len(part.encode()) > LONGEST_PART:
            return f"the name has more than {LONGEST_PART} bytes"
    return ""


def _parse_yaml(text: str) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for _ in yaml.load_all(text, Loader=loader):
        pass


_PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".ipynb": json.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
}
