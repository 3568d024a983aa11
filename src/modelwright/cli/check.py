"""`modelwright check`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from . import screen
from .options import AnswersFile, AsJson, Offline, PolicyFile, Project, Quiet, Trust

if TYPE_CHECKING:
    from .. import drift


def check(
    project: Project = Path(),
    answers_file: AnswersFile = ".copier-answers.yml",
    policy: PolicyFile = None,
    offline: Offline = False,
    trust: Trust = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say whether a project has the latest version of its template."""
    from .. import drift as use_case
    from .. import standards
    from ..project import Request

    held = standards.standard(policy)
    request = Request(trusted=trust, file=answers_file, offline=offline, standard=held)
    found = use_case.check(project, request, look_ahead=not quiet)
    if as_json:
        screen.result_json(
            {
                "current": found.current,
                "version": found.version,
                "latest": found.latest,
                "would_change": list(found.would_change),
                "conflicts": list(found.conflicts),
                "unforeseen": found.unforeseen or None,
            }
        )
    else:
        _show(found, project, quiet=quiet)
    raise typer.Exit(0 if found.current else 1)


def _show(found: drift.Checked, project: Path, *, quiet: bool) -> None:
    if found.current:
        screen.result(f"current: template {found.version}")
        return
    count = len(found.would_change)
    foreseen = f"an update would change {count} files"
    if found.unforeseen:
        foreseen = f"what would change is not known: {found.unforeseen}"
    behind = f"behind: template {found.version}, the latest is {found.latest}"
    if found.version == found.latest:
        behind = f"behind: template {found.version}, with other overlays than the policy's"
    screen.result(behind if quiet else f"{behind}; {foreseen}")
    for path in found.would_change:
        screen.result(f"  {'conflict' if path in found.conflicts else 'change'}  {path}")
    screen.result(f"next: modelwright update {shlex.quote(str(project))} --dry-run")
