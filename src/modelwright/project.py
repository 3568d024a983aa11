"""A project, the template that it records, and what is asked of the two."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import git
from .core import replay
from .core.errors import Stop, room
from .core.lineage import Lineage
from .core.overlay import Overlay
from .core.standard import Standard
from .git import Repository
from .git.addresses import is_elsewhere
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
    `record` is what a project itself does not record: the text of a replay file.
    Renderings on the `shelf` are not made again. `overlays` are laid on top instead of those
    that the standard names.
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
    standard: Standard = field(default_factory=Standard)
    rerere: bool = True
    shared: Path | None = None
    record: str = ""
    shelf: Shelf | None = None
    overlays: tuple[Overlay, ...] | None = None


@contextmanager
def opened(project: Path, *, trusted: bool = False) -> Generator[tuple[Repository, str]]:
    """Yield the project's repository, locked, with what had to be repaired in it."""
    with room():
        repo = git.opened(project, trusted=trusted)
        with locked(repo):
            yield repo, git.recover(repo)


@contextmanager
def looked_at(project: Path, *, trusted: bool = False) -> Generator[Repository]:
    """Yield the project's repository, in which nothing can be written."""
    with room(), tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        yield git.opened(project, trusted=trusted).aside(Path(made))


def located(repo: Repository, request: Request) -> Request:
    """Return *request* with the file in which the project records its template, if it names none.

    Copier's comes first, then cruft's, then a replay file of cookiecutter's: committed, given
    with the request, or the one in the user's home that cookiecutter wrote when it made the
    project. Answers that are given as a replay file are new answers where another file records;
    where nothing does, a template that is named is the one that was replayed.
    """
    names = [ANSWERS, *replay.FILES] if request.file == ANSWERS else [request.file]
    committed = next((name for name in names if repo.read(name) is not None), None)
    if committed:
        answers = Lineage.parse(request.record, committed).answers if request.record else {}
        given = {**answers, **request.given}
        return replace(request, file=committed, record="", given=given)
    record = request.record
    if not record and request.file == ANSWERS:
        record = _played(repo.root / repo.prefix)
    if record and request.template:
        record = replay.moved(record, request.template)
    return replace(request, file=names[-1], record=record) if record else request


def _played(folder: Path) -> str:
    """Return the replay file that cookiecutter keeps in the user's home of having made *folder*."""
    for file in sorted(Path("~/.cookiecutter_replay").expanduser().glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            text = file.read_text("utf-8")
            context = json.loads(text)["cookiecutter"]
            made = Path(context["_output_dir"], folder.name).resolve() == folder.resolve()
            if made and any(value == folder.name for value in context.values()):
                return text
    return ""


def recorded(repo: Repository, request: Request) -> Lineage:
    """Return what the project records of its template.

    Raises:
        Stop: nothing is recorded, or it cannot be read.

    """
    file = request.file
    text = request.record or repo.read(file)
    if text is None:
        others = [path for path in repo.tree(repo.ours) if "copier-answers" in path]
        named = f"add --answers-file with one of {', '.join(others)}" if others else ""
        raise Stop(
            f"`{repo.root / repo.prefix}` has no committed {file}",
            why="it says which template the project comes from, and with which answers",
            fix=named
            or "give a project that modelwright, Copier or cruft made, and commit that file; of "
            "cookiecutter's, give the replay file with --answers; any other repository comes onto "
            "a template with `modelwright adopt`",
        )
    return Lineage.parse(text, file)


def governed(lineage: Lineage, request: Request) -> Request:
    """Return *request*, trusted where the policies trust each template that it renders.

    Raises:
        Stop: they do not list one; the policy's file and line are named.

    """
    sources = [each for each in (request.template, lineage.source.url) if each]
    for source in sources:
        request.standard.refuse_source(source)
    listed = all(map(request.standard.trusts, sources))
    return replace(request, trusted=request.trusted or listed)


def template_of(lineage: Lineage, repo: Repository, *, offline: bool = False) -> Origin | None:
    """Return the repository of the template; None where it is the built-in one.

    Raises:
        Stop: it cannot be reached, or is no repository, so that it has no versions.

    """
    if lineage.source.built_in:
        return None
    url = lineage.source.url
    folder = repo.root / repo.prefix
    places = () if is_elsewhere(url) else (Path(url), folder / url, folder.parent / url)
    near = next((str(place) for place in places if place.exists()), url)
    found = origin(near, offline=offline)
    if found is None:
        raise Stop(
            f"the template `{lineage.source}` is not a git repository, or is not there",
            why="an update needs the version that the project was made from",
            fix="correct its address in the file that records it, and commit that",
        )
    return found


def followed(lineage: Lineage, repository: Origin) -> str:
    """Return what the project is to be brought to where no version is asked for.

    The newest release, as with Copier. For cruft's projects it is the branch that was checked
    out, by default the template's own, as with cruft; only who asked for a release gets releases.
    """
    if lineage.replay is None or not (
        lineage.replay.checkout in {"", "HEAD"} or repository.has_branch(lineage.replay.checkout)
    ):
        return repository.latest or "HEAD"
    return lineage.replay.checkout or "HEAD"
