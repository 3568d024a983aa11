"""`modelwright diff`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import screen
from .options import AnswersFile, AsJson, Offline, PolicyFile, Project, To, Trust

if TYPE_CHECKING:
    from ..drift import Edits
    from ..outlook import Outlook


def diff(
    project: Project = Path(),
    incoming: Annotated[
        bool, typer.Option("--incoming", help="What an update would bring, instead.")
    ] = False,
    to: To = None,
    heal: Annotated[
        str, typer.Option(metavar="PATH", help="Bring this file back to what was rendered.")
    ] = "",
    summary: Annotated[bool, typer.Option("--summary", help="Show no patch.")] = False,
    answers_file: AnswersFile = ".copier-answers.yml",
    policy: PolicyFile = None,
    offline: Offline = False,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Show what the team changed against what the template rendered."""
    from .. import drift, standards
    from ..project import Request

    held = standards.standard(policy)
    request = Request(to, trusted=trust, file=answers_file, offline=offline, standard=held)
    if heal:
        version = drift.heal(project, heal, request)
        screen.result(f"{heal} is as template {version} renders it; staged, not committed")
        screen.result(f"next: git -C {shlex.quote(str(project))} diff --cached, then git commit")
        return
    if incoming:
        _show_incoming(drift.incoming(project, request), as_json=as_json, summary=summary)
    else:
        found = drift.edits(project, request)
        healing = {path: _healing(project, path, answers_file) for path in found.adrift}
        _show_edits(found, healing, as_json=as_json, summary=summary)


def _healing(project: Path, path: str, answers_file: str) -> str:
    words = ["modelwright", "diff", str(project), "--heal", path]
    return shlex.join([*words, "--answers-file", answers_file])


def _show_edits(found: Edits, healing: Mapping[str, str], *, as_json: bool, summary: bool) -> None:
    if as_json:
        document = {"version": found.version, "edited": found.edited, "files": dict(found.files)}
        document["adrift"] = healing
        screen.result_json(document | {"patch": found.patch})
    else:
        counts = Counter(found.files.values())
        listed = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        screen.result(f"against template {found.version}: {listed}")
        for path, status in found.files.items():
            if status != "pristine":
                screen.result(f"  {status:<8}  {path}")
        if not summary and found.patch:
            screen.result(found.patch)
        if healing:
            screen.result(f"adrift: {found.version} is recorded, and its changes are not in them")
        for command in healing.values():
            screen.result(f"heal: {command}")
        screen.result("next: modelwright diff --incoming")
    raise typer.Exit(1 if found.edited else 0)


def _show_incoming(outlook: Outlook, *, as_json: bool, summary: bool) -> None:
    verdicts = dict(sorted(outlook.merged.verdicts.items()))
    if as_json:
        screen.result_json(
            {
                "from": outlook.lineage.version,
                "to": outlook.version,
                "verdicts": verdicts,
                "conflicts": sorted(outlook.merged.stages),
                "patch": outlook.patch,
            }
        )
    else:
        screen.result(f"{outlook.lineage.version} -> {outlook.version}: {len(verdicts)} files")
        width = max(map(len, verdicts.values()), default=0)
        for path, verdict in verdicts.items():
            screen.result(f"  {verdict:<{width}}  {path}")
        if not summary and outlook.patch:
            screen.result(outlook.patch)
        screen.result("next: modelwright update" if verdicts else "next: nothing to do")
    raise typer.Exit(1 if verdicts else 0)
