"""A project, the template that it records, and what is asked of the two."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import git
from .core.errors import Stop
from .core.lineage import Lineage
from .git import Repository
from .git.lock import locked
from .git.templates import Origin, origin
from .shelf import Shelf

if TYPE_CHECKING:
    from . import render

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Request:
    """Which version a project is to have, with which new answers.

    `reply` answers a question at a terminal; without it defaults are taken. With `rerere`,
    conflicts are settled as they were before, here or by those who keep the folder `shared`.
    Renderings on the `shelf` are not made again.
    """

    to: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    reply: Callable[[render.Question], Any] | None = None
    file: str = ANSWERS
    offline: bool = False
    runs: bool = True
    template: str = ""
    structured: bool = True
    rerere: bool = True
    shared: Path | None = None
    shelf: Shelf | None = None


@contextmanager
def opened(project: Path, *, trusted: bool = False) -> Generator[tuple[Repository, str]]:
    """Yield the project's repository, locked, with what had to be repaired in it."""
    with _room():
        repo = git.opened(project, trusted=trusted)
        with locked(repo):
            yield repo, git.recover(repo)


@contextmanager
def _room() -> Generator[None]:
    """Say what the disk or its permissions refuse."""
    try:
        yield
    except OSError as error:
        raise Stop(
            f"cannot read or write: {error}", fix="free some space, or check who may write there"
        ) from error


@contextmanager
def looked_at(project: Path, *, trusted: bool = False) -> Generator[Repository]:
    """Yield the project's repository, in which nothing can be written."""
    with _room(), tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        yield git.opened(project, trusted=trusted).aside(Path(made))


def recorded(repo: Repository, file: str = ANSWERS) -> Lineage:
    """Return what the project records of its template.

    Raises:
        Stop: nothing is recorded, or it cannot be read.

    """
    text = repo.read(file)
    if text is None:
        others = [path for path in repo.tree(repo.ours) if "copier-answers" in path]
        named = f"add --answers-file with one of {', '.join(others)}" if others else ""
        raise Stop(
            f"`{repo.root / repo.prefix}` has no committed {file}",
            why="it says which template the project comes from, and with which answers",
            fix=named
            or "give a project that Copier or modelwright made, and commit its answers file",
        )
    return Lineage.parse(text, file)


def template_of(lineage: Lineage, repo: Repository, *, offline: bool = False) -> Origin | None:
    """Return the repository of the template; None where it is the built-in one.

    Raises:
        Stop: it cannot be reached, or is no repository, so that it has no versions.

    """
    if lineage.source.built_in:
        return None
    url = lineage.source.url
    beside = repo.root / repo.prefix / url
    found = origin(
        url if Path(url).exists() or not beside.exists() else str(beside), offline=offline
    )
    if found is None:
        raise Stop(
            f"the template `{lineage.source}` is not a git repository, or is not there",
            why="an update needs the version that the project was made from",
            fix="correct `_src_path` in the answers file, and commit it",
        )
    return found
