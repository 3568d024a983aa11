"""Find out from which version a project was made where cookiecutter did not record it."""

from __future__ import annotations

import os
from dataclasses import replace

from .core import replay
from .core.errors import Stop
from .core.lineage import Lineage
from .git import Repository, Tree
from .git.templates import Origin
from .project import Request, followed, recorded, template_of
from .render import Recorded
from .sides import Job, Side, rendered

FAR_ENOUGH = 100
FIRST = 5


def dated(repo: Repository, request: Request) -> Request:
    """Return *request* with the record completed by the commit that the project was made from.

    It is the tag or commit that was checked out, or else the newest version on the branch that
    renders every file just as the project has it in one of its first commits. A version that
    renders nothing otherwise is as good a base as the one that was rendered.

    Raises:
        Stop: no version does.

    """
    lineage = recorded(repo, request)
    repository = template_of(lineage, repo, offline=request.offline)
    if repository is None or lineage.replay is None:
        return request
    checkout = lineage.replay.checkout
    if checkout not in {"", "HEAD"} and not repository.has_branch(checkout):
        commit, _ = repository.resolve(checkout)
    else:
        commit = _proven(repo, request, lineage, repository)
    text = request.record or repo.read(request.file) or ""
    return replace(request, record=replay.dated(text, commit))


def _proven(repo: Repository, request: Request, lineage: Lineage, repository: Origin) -> str:
    tip, _ = repository.resolve(followed(lineage, repository))
    commits = repository.git("rev-list", f"--max-count={FAR_ENOUGH}", tip).split()
    starts = [repo.tree(commit) for commit in _first_commits(repo)]
    before = Recorded(lineage.answers, request.file, repo.read, request.runs, lineage.replay)
    source = replace(lineage.source, trusted=request.trusted)
    job = Job(repo, source, repository, before, request, "", os.urandom(32), old=True)
    for commit in commits:
        [side] = rendered([replace(job, source=replace(source, ref=commit))], tolerant=True)
        if isinstance(side, Side) and _is_start(side.tree, starts, repo.prefix + request.file):
            return commit
    raise Stop(
        f"`{request.file}` does not say which version of the template was rendered",
        why=f"none of the last {len(commits)} renders just what the project began with",
        fix=f'write it into {request.file}: "_checkout": VERSION beside "_template"',
    )


def _first_commits(repo: Repository) -> list[str]:
    return repo.git("rev-list", "--reverse", repo.head, "--", repo.prefix or ".").split()[:FIRST]


def _is_start(tree: Tree, starts: list[Tree], own: str) -> bool:
    """Say whether one of *starts* has files of *tree*, and none of them otherwise."""
    for start in starts:
        common = tree.keys() & start.keys() - {own}
        if common and all(tree[path] == start[path] for path in common):
            return True
    return False
