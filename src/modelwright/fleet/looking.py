"""One repository of a fleet, opened so that nothing of it runs."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from .. import guard, render, turns
from ..aside import Say
from ..core.errors import Stop
from ..core.lineage import Lineage, Source
from ..core.standard import Standard
from ..git import Repository
from ..git.addresses import refuse_address
from ..git.detached import detached, mirrored
from ..git.templates import origin
from ..overlays import named_by
from ..past import refuse_swapped
from ..project import Request, governed, located, recorded
from ..shelf import Shelf
from .roster import Member, Roster

PATIENCE = 300
_LONGEST = 500
_ROOM = "modelwright-seen-"
_OURS = re.compile(rf"`[^`]*{_ROOM}[^`]*`")
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What all repositories of one run share.

    At most `jobs` are looked at at a time, each for at most `patience` seconds, and `standard`
    holds for all of them.
    """

    roster: Roster
    jobs: int
    patience: float = PATIENCE
    offline: bool = False
    standard: Standard = field(default_factory=Standard)


def each(
    run: Run, members: Sequence[Member], do: Callable[[Member, Shelf, Say], T]
) -> Iterator[tuple[Member, T | Stop]]:
    """Yield what *do* makes of each member, as they end; a failure is a result."""
    limits = guard.Limits.of_environment(trusted=True)  # what renders has limits of its own
    limits = replace(limits, about="looking at it")
    render.prepare()  # once, and not in each child
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        shelf = Shelf(Path(made))
        works = ((member, partial(_alone, do, member, shelf)) for member in members)
        yield from turns.by_turns(works, limits, run.jobs, run.patience)


def _alone(do: Callable[[Member, Shelf, Say], T], member: Member, shelf: Shelf, say: Say) -> T:
    """Work in a process of its own, in which no program of git's may fetch unasked."""
    os.environ["GIT_NO_LAZY_FETCH"] = "1"
    return do(member, shelf, say)


@contextmanager
def opened(member: Member, run: Run, *, apart: bool) -> Generator[tuple[Repository, str]]:
    """Yield the repository of *member*, which nothing is written to if *apart*, and its folder."""
    with tempfile.TemporaryDirectory(prefix=_ROOM) as made:
        place = Path(member.address)
        if member.remote:
            refuse_address(member.address)
            place = mirrored(member.address, offline=run.offline)
        name = "project" if member.remote else place.name
        repo = detached(place, Path(made) / "tree" / name)
        yield repo.aside(Path(made)) if apart else repo, str(place)


def lineage(repo: Repository, run: Run, shelf: Shelf) -> tuple[Lineage, Request]:
    """Return what is recorded, and what to ask for, with the template fetched once in a run.

    Raises:
        Stop: nothing is recorded, or neither fleet nor policy lists its template.

    """
    request = located(repo, Request(runs=False, shelf=shelf, standard=run.standard))
    found = recorded(repo, request)
    run.roster.refuse_source(found.source)
    request = governed(found, request)
    refuse_swapped(repo, found, request.file)
    urls = [] if found.source.built_in else [found.source.url]
    for url in (*urls, *_overlays(run, found)):
        shelf.once(("fetched", url), partial(origin, url, offline=run.offline))
    return found, replace(request, offline=True)


def _overlays(run: Run, found: Lineage) -> Iterator[str]:
    """Yield where overlays may be fetched from: today's, and recorded ones that are trusted."""
    yield from (each.source for each in run.standard.overlays)
    for overlay in found.overlays:
        if not named_by(run.standard, overlay):
            run.roster.refuse_source(Source(overlay.source))
            with suppress(Stop):  # what an update kept of it may do
                run.standard.refuse_overlay(overlay)
                yield overlay.source


def reason(stop: Stop) -> str:
    """Return why a repository could not be looked at, without the folders that we made for it."""
    return _OURS.sub("it", f"{stop.what}; {stop.why}" if stop.why else stop.what)[:_LONGEST]
