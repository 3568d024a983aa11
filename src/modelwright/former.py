"""What a repository was before its adoption: how it was made, and what it says of itself."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from . import past, render
from .core.errors import Stop
from .core.lineage import Lineage, Maker, Source
from .dating import dated
from .detection import Facts, detected
from .git import Repository
from .past import Past
from .project import ANSWERS, Request, governed, located, recorded, template_of
from .sides import Job

LARGEST = 1_000_000
_RECORDS = {
    Maker.COPIER: ANSWERS,
    Maker.CRUFT: ".cruft.json",
    Maker.COOKIECUTTER: ".cookiecutter.json",
}
_UNKNOWN = Past(Lineage(Source("")), (), None)


@dataclass(frozen=True)
class Found:
    """A repository before its adoption: how it was made, if a template made it, and its facts."""

    facts: Facts
    file: str = ""
    past: Past = _UNKNOWN


def found(repo: Repository, request: Request, maker: Maker) -> Found:
    """Find out how the repository was made.

    Raises:
        Stop: it records nothing of the kind that was named, or not what exactly was rendered.

    """
    facts = _facts(repo)
    if maker is Maker.NONE:
        return Found(facts)
    wish = replace(request, template="", given={})
    if maker in _RECORDS and repo.read(_RECORDS[maker]) is not None:
        wish = replace(wish, file=_RECORDS[maker])
    wish = located(repo, wish)
    there = wish.record or repo.read(wish.file) is not None
    if not there and maker is Maker.AUTO:
        return Found(facts)
    with dispensable():
        lineage = recorded(repo, wish) if there else Lineage(Source(""))
    if not there or maker not in {Maker.AUTO, lineage.maker}:
        raise Stop(
            f"the repository records nothing of {maker}",
            why=f"the base of the merge is what {maker} rendered, and nobody knows what that was",
            fix="leave out --from, or give --from none: then nothing that stands is touched",
        )
    wish = replace(wish, trusted=governed(lineage, request).trusted)
    with dispensable():
        if lineage.undated:
            wish = dated(repo, wish)
            lineage = recorded(repo, wish)
        past.refuse_swapped(repo, lineage, wish.file)
    return Found(facts, wish.file, past.remembered(repo, lineage, wish.file))


@contextmanager
def dispensable() -> Generator[None]:
    """Say of a base that cannot be had that it can be done without."""
    try:
        yield
    except Stop as stop:
        fix = f"{stop.fix}; or do without it: modelwright adopt --from none"
        raise Stop(stop.what, why=stop.why, fix=fix) from stop


def _facts(repo: Repository) -> Facts:
    paths = [path.removeprefix(repo.prefix) for path in repo.tree(repo.ours)
             if path.startswith(repo.prefix)]  # fmt: skip

    def read(path: str) -> str:
        code, size = repo.git.ask("cat-file", "-s", f"{repo.head}:{repo.prefix}{path}")
        return "" if code or int(size) > LARGEST else repo.read(path) or ""

    return detected(paths, read)


def renderings(found: Found, job: Job) -> list[Job]:
    """Return jobs like *job* that render what the repository came from; none if unknown."""
    lineage, known, request = found.past.lineage, found.past.answers, job.request
    if not known:
        return []
    repository = template_of(lineage, job.repo, offline=request.offline)
    source = replace(lineage.source, trusted=request.trusted)
    source = replace(source, ref=lineage.commit or source.ref)
    read, runs = job.repo.read, request.runs
    return [
        replace(job, source=source, repository=repository, old=True, overlays=lineage.overlays,
                before=render.Recorded(each, found.file, read, runs, lineage.replay))
        for each in known
    ]  # fmt: skip
