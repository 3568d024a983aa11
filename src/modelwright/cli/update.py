"""`modelwright update`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import Stop
from . import answers as given_answers
from . import screen
from .options import (
    OWN_CHECKS,
    AllowConflicts,
    AnswersFile,
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
    Resolutions,
    To,
    Trust,
)
from .screen import Screen

if TYPE_CHECKING:
    from ..update import Outlook, Updated


def update(
    project: Project = Path(),
    to: To = None,
    template: Annotated[
        str, typer.Option(metavar="SRC", help="Another source of the template, from now on.")
    ] = "",
    data: Data = None,
    answers: Replayed = None,
    defaults: Defaults = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen to each file, and show it.")
    ] = False,
    commit: Commit = False,
    branch: Branch = "",
    allow_conflicts: AllowConflicts = False,
    structured: Annotated[
        bool,
        typer.Option(help="Merge TOML, YAML and JSON by key where lines conflict."),
    ] = True,
    policy: PolicyFile = None,
    rerere: Annotated[
        bool, typer.Option(help="Settle conflicts as they were settled before.")
    ] = True,
    resolutions: Resolutions = None,
    verify: Annotated[
        str | None,
        typer.Option(metavar="[CMD]", help="Run the project's checks, or CMD, on the result."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last update.")] = False,
    answers_file: AnswersFile = ".copier-answers.yml",
    offline: Offline = False,
    trust: Trust = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Merge a newer template version into a project, and lose none of its edits."""
    from .. import standards
    from .. import update as use_case

    talk = Screen(quiet=quiet or as_json, no_color=no_color)
    if undo:
        screen.result(f"taken back: the project stands on {use_case.take_back(project)}")
        return
    if allow_conflicts and not branch:
        raise Stop("--allow-conflicts needs a branch to write to", fix="add --branch NAME")
    record, held = given_answers.replayed(answers), standards.standard(policy)
    given = given_answers.gather(None if record else answers, data or [])
    held.refuse_answers(given)
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not (defaults or as_json)
    reply = given_answers.ask if asks else None
    request = use_case.Request(
        to, given, trust, reply, answers_file, offline,
        template=template, structured=structured, rerere=rerere, shared=resolutions,
        record=record, standard=held,
    )  # fmt: skip
    if dry_run:
        done = use_case.Updated(use_case.preview(project, request))
    else:
        command = "" if verify == OWN_CHECKS else verify
        how = use_case.Landed(commit, branch, allow_conflicts, command)
        with talk.progress("merge", talks=verify is not None):
            done = use_case.update(project, request, how)
    for warning in (done.recovered, *done.outlook.said):
        if warning:
            talk.warn(warning)
    if as_json:
        screen.result_json(document(done))
    else:
        _show(done, dry_run=dry_run)
    conflicted = bool(done.outlook.merged.stages)
    red = done.verified is not None and not done.verified.green
    raise typer.Exit(1 if conflicted or red else 0)


def document(done: Updated) -> dict[str, Any]:
    """Return what happened, as JSON holds it."""
    outlook, merged = done.outlook, done.outlook.merged
    return {
        "from": outlook.lineage.version,
        "to": outlook.version,
        "changed": [{"path": path, "change": merged.verdicts[path]} for path in merged.touched],
        "conflicts": sorted(merged.stages),
        "renamed": merged.paths("renamed", "moved with your edits"),
        "deleted": merged.paths("deleted"),
        "kept": merged.paths("kept"),
        "verdicts": dict(sorted(merged.verdicts.items())),
        "written": done.written,
        "commit": done.commit,
        "branch": done.branch,
        "undo": done.undo,
        "verified": None if done.verified is None else done.verified.green,
        "warnings": list(outlook.said),
        "changelog": outlook.changelog,
    }


def _show(done: Updated, *, dry_run: bool) -> None:
    outlook, merged = done.outlook, done.outlook.merged
    screen.result(_headline(outlook))
    width = max(map(len, merged.verdicts.values()), default=0)
    for path, verdict in sorted(merged.verdicts.items()):
        screen.result(f"  {verdict:<{width}}  {path}")
    if outlook.current:
        return
    if merged.stages and outlook.changelog:
        screen.result(f"\nwhat the template says about it:\n\n{outlook.changelog}\n")
    if done.verified and not done.verified.green:
        screen.result(f"nothing was written: `{done.verified.command}` failed on the result")
        screen.result("next: see what it printed, mend it there, then repeat")
        return
    if dry_run:
        screen.result(outlook.patch)
        screen.result("next: the same command without --dry-run")
    elif merged.stages and not done.written:
        screen.result("nothing was written: commits and branches hold no conflicts")
        screen.result(
            "next: modelwright update without --commit, or --branch with --allow-conflicts"
        )
    elif done.branch:
        _show_branch(done.branch, sorted(merged.stages))
    elif merged.stages:
        screen.result(f"take it back: {done.undo}")
        for path in sorted(merged.stages):
            screen.result(f"settle: git mergetool {shlex.quote(path)}")
        screen.result("next: git mergetool, then git commit")
    else:
        screen.result(f"take it back: {done.undo}")
        screen.result(
            "next: git show" if done.commit else "next: git diff --cached, then git commit"
        )


def _show_branch(branch: str, conflicts: list[str]) -> None:
    for path in conflicts:
        screen.result(f"settle: the markers in {path}, on the branch")
    screen.result(f"next: git {'checkout' if conflicts else 'merge'} {branch}")


def _headline(outlook: Outlook) -> str:
    if outlook.current:
        return f"nothing to do: the project is at template {outlook.version}"
    conflicts = len(outlook.merged.stages)
    count = {0: "no conflicts", 1: "1 conflict"}.get(conflicts, f"{conflicts} conflicts")
    files = len(outlook.merged.verdicts)
    return f"{outlook.lineage.version} -> {outlook.version}: {files} files, {count}"
