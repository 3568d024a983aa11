"""The same update in every repository of a fleet: foreseen first, then written as branches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..core.errors import Stop
from ..forge import Project, Proposal, project
from ..git import Repository
from ..git.branches import Branch, write
from ..git.journal import Landing
from ..git.lock import locked
from ..outlook import Outlook, foresee
from ..past import keep
from ..resolutions import await_resolution
from ..shelf import Shelf
from ..update import message
from ..verify import verify
from . import journal
from .looking import Run, each, lineage, opened, reason
from .roster import Member
from .steps import Step


@dataclass(frozen=True)
class Wish:
    """What is to be written: which version, on which branch, after which check.

    `verify` is the command that must succeed first, "" the project's own; `propose` opens pull
    requests, and conflicts are settled as those did who share a folder.
    """

    to: str | None = None
    branch: str = "modelwright/update"
    allow_conflicts: bool = False
    verify: str | None = None
    propose: bool = False
    shared: Path | None = None


@dataclass(frozen=True)
class Waves:
    """The first `canary` repositories go ahead; the others follow where all of them went well.

    With a `plan`, by address, nothing but what it says is done.
    """

    canary: int = 0
    plan: Mapping[str, Step] | None = None


def foreseen(run: Run, wish: Wish) -> Iterator[Step]:
    """Yield what an update would do to each repository; nothing is written."""
    yield from _steps(run, run.roster.members, partial(_foreseen, run=run, wish=wish))


def update(run: Run, wish: Wish, waves: Waves) -> Iterator[Step]:
    """Update each repository, and yield what became of it; go on where a run was interrupted.

    Raises:
        Stop: another process updates the same fleet.

    """
    members = run.roster.members
    wanted = (wish, waves, run.standard, [m.shown for m in members])
    with journal.begun(run.roster.file, wanted) as notes:
        good = True
        for wave in (members[: waves.canary], members[waves.canary :]):
            for step in _wave(run, wave, partial(_written, run=run, wish=wish, waves=waves), notes,
                              go=good):  # fmt: skip
                good = good and not (waves.canary and step.bad)
                yield step


def _wave(
    run: Run,
    wave: Sequence[Member],
    do: Callable[[Member, Shelf], Step],
    notes: journal.Journal,
    *,
    go: bool,
) -> Iterator[Step]:
    yield from (notes.done[m.shown] for m in wave if m.shown in notes.done)
    left = [member for member in wave if member.shown not in notes.done]
    why = "the first repositories did not go well"
    held = (Step(each.name, each.shown, "held", problem=why) for each in left)
    for step in _steps(run, left, do) if go else held:
        notes.note(step)
        yield step


def _steps(
    run: Run, members: Sequence[Member], do: Callable[[Member, Shelf], Step]
) -> Iterator[Step]:
    for member, found in each(run, members, lambda member, shelf, _: do(member, shelf)):
        yield _broken(member, found) if isinstance(found, Stop) else found


def _broken(member: Member, stop: Stop) -> Step:
    return Step(member.name, member.shown, "broken", problem=reason(stop), fix=stop.fix)


def _foreseen(member: Member, shelf: Shelf, *, run: Run, wish: Wish) -> Step:
    with opened(member, run, apart=True) as (repo, _):
        return _step(member, repo, _outlook(repo, run, shelf, wish))


def _outlook(repo: Repository, run: Run, shelf: Shelf, wish: Wish) -> Outlook:
    _, request = lineage(repo, run, shelf)
    return foresee(repo, replace(request, to=wish.to, shared=wish.shared))


def _step(member: Member, repo: Repository, outlook: Outlook) -> Step:
    conflicts = tuple(sorted(outlook.merged.stages))
    return Step(
        member.name,
        member.shown,
        "current" if outlook.current else "conflict" if conflicts else "ready",
        repo.head,
        outlook.lineage.version,
        outlook.version,
        len(outlook.merged.verdicts),
        conflicts,
        problem=f"conflicts in {', '.join(conflicts)}" if conflicts else "",
        fix="--allow-conflicts writes a branch with them" if conflicts else "",
    )


def _written(member: Member, shelf: Shelf, *, run: Run, wish: Wish, waves: Waves) -> Step:
    there = _there(member, run, wish)
    planned = waves.plan.get(member.shown) if waves.plan is not None else None
    with opened(member, run, apart=False) as (repo, _), locked(repo):
        if waves.plan is not None and (planned is None or planned.head != repo.head):
            return Step(member.name, member.shown, "moved", repo.head,
                        problem="it changed since it was planned", fix="plan again")  # fmt: skip
        wish = replace(wish, to=planned.to) if planned else wish
        outlook = _outlook(repo, run, shelf, wish)
        step = _step(member, repo, outlook)
        if step.state == "current":
            return replace(step, request=there.close(wish.branch)) if there else step
        if step.conflicts and not wish.allow_conflicts:
            return step
        if wish.verify is not None and not step.conflicts:
            checked = verify(repo, outlook.merged.tree, wish.verify)
            if not checked.green:
                return replace(step, state="red", problem=f"`{checked.command}` failed on it")
        step = _on_branch(member, repo, outlook, wish, step)
        said = _proposal(step, message(outlook))
        return replace(step, request=there.propose(said)) if there else step


def _there(member: Member, run: Run, wish: Wish) -> Project | None:
    """Return where the pull request is to be; None where there shall be none."""
    if not wish.propose:
        return None
    if not member.remote:
        raise Stop("a folder has no pull requests", fix="list the address of the repository")
    there = project(member.address, run.roster.forges)
    there.refuse_mute()
    return there


def _proposal(step: Step, words: str) -> Proposal:
    """Return a pull request whose title says when somebody has to settle something first."""
    title, _, body = words.partition("\n")
    conflicts = f", with conflicts in {len(step.conflicts)} files" if step.conflicts else ""
    return Proposal(step.branch, title + conflicts, body.strip())


def _on_branch(member: Member, repo: Repository, outlook: Outlook, wish: Wish, step: Step) -> Step:
    branch = Branch(wish.branch, member.address if member.remote else "")
    commit, new = write(repo, branch, outlook.merged.tree, message(outlook))
    if step.conflicts:
        await_resolution(
            repo, Landing(repo.ours, outlook.merged.tree, outlook.merged.stages, repo.head, commit)
        )
    if outlook.stored:
        keep(repo, outlook.stored, outlook.lineage.base)
    state = "conflict" if step.conflicts else "updated" if new else "unchanged"
    return replace(step, state=state, branch=wish.branch, commit=commit)
