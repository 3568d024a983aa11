"""`modelwright policy`."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from . import screen
from .options import AsJson, PolicyFile

_OVERLAID = {"added": "added", "edited": "replaced", "deleted": "took away"}
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _policy() -> None:
    """Say what holds for every project of an organisation, in one file."""


@app.command("init")
def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where to write it.")] = Path(
        "modelwright-policy.toml"
    ),
) -> None:
    """Write an example of a policy."""
    from .. import standards

    standards.init(file)
    screen.result(f"{file} is written")
    screen.result(f"next: edit it, then modelwright policy check --policy {file}")


@app.command("check")
def check(
    project: Annotated[
        str, typer.Argument(metavar="[PROJECT]", help="A project to hold against it.")
    ] = "",
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Check the policies themselves and, with PROJECT, that it conforms to them."""
    from .. import audit, laying, standards

    held = standards.standard(policy)
    laying.vet(held)
    demanded = audit.demanded(held, offline=True)  # they were fetched just now
    files = [each.file for each in held.policies]
    found = []
    if project:
        today = dt.datetime.now(tz=dt.UTC).date()
        seen = audit.audit(project, audit.Look(demanded, today, frozenset(held.required)))
        found = [(verdict.rule.id, each) for verdict in seen.failed for each in verdict.findings]
    if as_json:
        listed = [{"rule": rule, **asdict(each)} for rule, each in found]
        screen.result_json({"conforms": not found, "policies": files, "findings": listed})
    else:
        about = f"{project} conforms to" if project else "nothing is wrong with"
        said = f"{project} differs in {len(found)} places from" if found else about
        screen.result(f"{said} {', '.join(files) or 'no policy: none was found'}")
        for rule, each in found:
            screen.result(f"  {rule} {each}")
        screen.result("next: modelwright policy show --explain")
    raise typer.Exit(1 if found else 0)


@app.command("show")
def show(
    project: Annotated[
        Path | None, typer.Argument(metavar="[PROJECT]", help="A project that it may change.")
    ] = None,
    policy: PolicyFile = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say where each stands, and what it means.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show everything that holds."""
    from .. import pristine, standards
    from ..project import Request

    held = standards.standard(policy)
    found = list(standards.settings(held, standards.recorded(project) if project else {}))
    overlaid = {}
    if project and explain and held.overlays:
        overlaid = pristine.overlaid(project, Request(standard=held))
    if as_json:
        files = [{"file": each.file, "name": each.name} for each in held.policies]
        listed = [asdict(each) for each in found]
        screen.result_json({"policies": files, "settings": listed, "overlaid": dict(overlaid)})
        return
    names = ", ".join(each.file for each in held.policies)
    screen.result(f"{len(found)} settings from {names}" if names else "no policy holds")
    for each in found:
        screen.result(f"  {each.name} = {each.value}")
        if explain:
            screen.result(f"    {each.place}: {each.means}")
            if each.changes:
                screen.result(f"    {project} answers {each.changes}, until its next update")
    for path, change in overlaid.items():
        screen.result(f"  overlays: {_OVERLAID[change]} {path}")
    screen.result(
        "next: modelwright policy check PROJECT" if names else "next: modelwright policy init"
    )
