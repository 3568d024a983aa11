"""`modelwright adopt`."""

from __future__ import annotations

import datetime as dt
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import Stop
from ..core.finding import Status
from ..core.lineage import BUILT_IN, Maker
from ..core.standard import Standard
from . import answers as given_answers
from . import screen
from .options import (
    AllowConflicts,
    AsJson,
    Branch,
    Commit,
    Data,
    Defaults,
    NoColor,
    Offline,
    PolicyFile,
    Project,
    Quiet,
    Replayed,
    To,
    Trust,
)
from .screen import Screen
from .update import document

if TYPE_CHECKING:
    from ..adopt import Adopted

_STATES = {"holds": "that nothing speaks against", "findings": "with findings of `audit`"}


def adopt(
    project: Project = Path(),
    maker: Annotated[
        Maker, typer.Option("--from", help="What made it; none takes no base and touches nothing.")
    ] = Maker.AUTO,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take away what only the former template brought.")
    ] = False,
    template: Annotated[
        str, typer.Option(metavar="SRC", help="The template to come onto; else the built-in one.")
    ] = BUILT_IN,
    to: To = None,
    data: Data = None,
    answers: Replayed = None,
    defaults: Defaults = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come and what stays; write nothing.")
    ] = False,
    commit: Commit = False,
    branch: Branch = "",
    allow_conflicts: AllowConflicts = False,
    policy: PolicyFile = None,
    offline: Offline = False,
    trust: Trust = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Bring a repository that stands already onto the template, with its history and edits."""
    from .. import adopt as use_case
    from .. import standards

    talk = Screen(quiet=quiet or as_json, no_color=no_color)
    if allow_conflicts and not branch:
        raise Stop("--allow-conflicts needs a branch to write to", fix="add --branch NAME")
    record, held = given_answers.replayed(answers), standards.standard(policy)
    given = given_answers.gather(None if record else answers, data or [])
    held.refuse_answers(given)
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not (defaults or as_json)
    near = Path(template)
    request = use_case.Request(
        to, given, trust, given_answers.ask if asks else None, offline=offline,
        template=str(near.resolve()) if near.exists() else template, record=record, standard=held,
    )  # fmt: skip
    way, practices = use_case.Way(maker, prune), _practices(project)
    if dry_run:
        done = use_case.preview(project, request, way)
    else:
        how = use_case.Landed(commit, branch, allow_conflicts)
        with talk.progress("adopt"):
            done = use_case.adopt(project, request, way, how)
    for warning in (done.updated.recovered, *done.updated.outlook.said):
        if warning:
            talk.warn(warning)
    if as_json:
        told = {
            "maker": done.updated.outlook.lineage.maker,
            "detected": done.facts.known,
            "answers": dict(done.answers),
        }
        screen.result_json({**document(done.updated), **told, "practices": practices})
    else:
        _show(done, practices, project, dry_run=dry_run)
    raise typer.Exit(1 if done.updated.outlook.merged.stages else 0)


def _practices(project: Path) -> dict[str, str]:
    """Return, of each practice that was looked for, whether it holds as the repository stands."""
    from .. import audit

    today = dt.datetime.now(tz=dt.UTC).date()
    view = audit.looking(audit.chosen((), (), {}), Standard(), today)
    found = audit.tried(str(project), view)
    broken = {each.rule.practice for each in found.failed}
    seen = {each.rule.practice for each in found.verdicts if each.status is Status.PASSED}
    named = sorted(seen | broken, key=lambda name: int(name[1:]))
    return {name: "findings" if name in broken else "holds" for name in named}


def _show(done: Adopted, practices: Mapping[str, str], project: Path, *, dry_run: bool) -> None:
    updated, merged = done.updated, done.updated.outlook.merged
    screen.result(_headline(done))
    width = max(map(len, merged.verdicts.values()), default=0)
    for path, verdict in sorted(merged.verdicts.items()):
        screen.result(f"  {verdict:<{width}}  {path}")
    for title, values in (("found here", done.facts.known), ("answers", done.answers)):
        screen.result(f"{title}: {'; '.join(f'{k} {_plain(v)}' for k, v in values.items())}")
    for state in ("holds", "findings"):
        names = [name for name, each in practices.items() if each == state]
        screen.result(f"practices, as it stood, {_STATES[state]}: {', '.join(names) or 'none'}")
    at = shlex.quote(str(project))
    kept, theirs = merged.paths("kept"), updated.outlook.theirs
    standing = [path for path in kept if path in theirs]
    if standing:
        screen.result(f"{len(standing)} files of yours stand where the template has others; once "
                      f"committed, `modelwright diff {at}` compares them")  # fmt: skip
    if len(kept) > len(standing):
        screen.result(f"{len(kept) - len(standing)} files that only the former template brought "
                      "stay; --prune takes those away that nobody edited")  # fmt: skip
    if updated.undo:
        screen.result(f"take it back: {updated.undo}")
    screen.result(f"next: {_next(done, at, dry_run=dry_run)}")


def _headline(done: Adopted) -> str:
    outlook, merged = done.updated.outlook, done.updated.outlook.merged
    named = ("added", "kept", "left out")
    counts = {name: len(merged.paths(name)) for name in named}
    counts["in conflict"] = len(merged.stages)
    others = len(merged.verdicts) - sum(counts.values())
    counts["merged, moved or deleted"] = others
    words = [f"{number} {name}" for name, number in counts.items() if number]
    made = f"by {outlook.lineage.maker}" if outlook.lineage.version else "by hand"
    return f"made {made} -> template {outlook.version}: {', '.join(words)}"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _next(done: Adopted, at: str, *, dry_run: bool) -> str:
    updated, conflicts = done.updated, done.updated.outlook.merged.stages
    if dry_run:
        return "the same command without --dry-run"
    if not updated.written:
        return "nothing was written, for the conflicts: leave out --commit, or allow them"
    if updated.branch:
        return f"git -C {at} {'checkout' if conflicts else 'merge'} {updated.branch}"
    if conflicts:
        return f"git -C {at} mergetool, then git commit"
    return f"modelwright diff {at}" if updated.commit else f"git -C {at} diff --cached, then commit"
