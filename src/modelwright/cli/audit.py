"""`modelwright audit`."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import builtin
from ..core.finding import SEVERITIES, Severity
from . import screen
from .options import AsJson, NoColor, Offline, PolicyFile, Quiet

if TYPE_CHECKING:
    from ..audit import Audit
    from ..checks import Rule


class Format(StrEnum):
    """How a result is written."""

    RICH = "rich"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    HTML = "html"


class Level(StrEnum):
    """The least severity that makes the answer no."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def audit(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROJECT or URL]...", help="Folders, bare ones too, or addresses."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.RICH,
    select: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this rule, practice (P6), or all.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Not this rule, or practice.")
    ] = None,
    fail_on: Annotated[
        Level, typer.Option("--fail-on", help="The least severity that means exit 1.")
    ] = Level.WARNING,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    policy: PolicyFile = None,
    offline: Offline = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Hold any Python ML repository against the ten practices; nothing of it is run."""
    from .. import audit as use_case
    from .. import standards
    from .formats import text

    held = standards.standard(policy)
    given, today = places or ["."], dt.datetime.now(tz=dt.UTC).date()
    wanted = use_case.chosen(_split(select), _split(ignore), held.required)
    look = use_case.looking(wanted, held, today, selected=bool(select), offline=offline)
    form = Format.JSON if as_json else form
    if rules:
        _list(wanted, as_json=form is Format.JSON)
        return
    if len(given) == 1:
        audits = [use_case.audit(given[0], look)]
    else:
        audits = [use_case.tried(each, look) for each in given]
    fatal = SEVERITIES[: SEVERITIES.index(fail_on.value) + 1]
    if form is Format.RICH:
        plain = no_color or "NO_COLOR" in os.environ or not sys.stdout.isatty()
        for each in audits:
            print(text.shown(each, quiet=quiet, plain=plain))
    else:
        print(_written(audits, form, fatal))
    raise typer.Exit(1 if any(each.breaks(fatal) for each in audits) else 0)


def _split(names: list[str] | None) -> list[str]:
    return [part.strip() for name in names or [] for part in name.split(",") if part.strip()]


def _written(audits: Sequence[Audit], form: Format, fatal: Sequence[Severity]) -> str:
    from .formats import pages, records, sarif

    if form is Format.JUNIT:
        return pages.junit(audits)
    if form is Format.HTML:
        return pages.html(audits)
    if form is Format.SARIF:
        return _json(sarif.document(audits, builtin.version()))
    return _json(records.document(audits, fatal))


def _json(value: object) -> str:
    return json.dumps(value, indent=2)


def _list(rules: Sequence[Rule], *, as_json: bool) -> None:
    if as_json:
        screen.result_json([*map(_listed, rules)])
        return
    screen.result(f"{len(rules)} rules")
    for rule in rules:
        off = f" (off: {rule.doubt})" if rule.doubt else ""
        screen.result(f"  {rule.id:10} {rule.severity:8} {rule.title}{off}")
    screen.result("next: modelwright audit")


def _listed(rule: Rule) -> dict[str, Any]:
    keys = ("id", "practice", "severity", "title", "why", "fix")
    return {key: getattr(rule, key) for key in keys} | {
        "on": not rule.doubt,
        "off_because": rule.doubt or None,
        "precision": rule.measured.both.precision,
        "labelled": rule.measured.both.findings,
    }
