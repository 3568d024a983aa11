"""An audit for people."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from ...audit import Audit, Verdict
from ...core.finding import SEVERITIES, Status
from ..screen import printable
from .records import counted

_COLORS = {"error": "red", "warning": "yellow", "note": "cyan"}


def shown(audit: Audit, *, quiet: bool, plain: bool) -> str:
    """Return what was found, worst first; *quiet* leaves reasons out, *plain* colours."""
    if audit.error:
        return printable(f"{audit.place}: it could not be looked at: {audit.error}")
    told = ", ".join(f"{count} {status}" for status, count in counted(audit).items() if count)
    ranked = sorted(audit.failed, key=lambda each: SEVERITIES.index(each.rule.severity))
    lines = [printable(f"{audit.place}: {told}")]
    for verdict in ranked:
        severity = verdict.rule.severity
        word = severity if plain else typer.style(severity, fg=_COLORS[severity], bold=True)
        lines.append(f"  {word} {_headline(verdict)}")
        lines += map(printable, _details(verdict, quiet=quiet))
    if not quiet:
        lines += map(printable, _asides(audit))
    example = ranked[0].rule.id if ranked else "P1"
    return "\n".join([*lines, f"next: modelwright explain {example}"])


def _headline(verdict: Verdict) -> str:
    title = verdict.rule.title
    return f"{verdict.rule.id} broken: {title[0].lower()}{title[1:]}"


def _details(verdict: Verdict, *, quiet: bool) -> Iterator[str]:
    yield from (f"    {finding}" for finding in verdict.findings)
    if not quiet:
        yield f"    why: {verdict.rule.why}"
        yield f"    fix: {verdict.rule.fix}"
        if verdict.reason:
            yield f"    note: {verdict.reason}"


def _asides(audit: Audit) -> Iterator[str]:
    """Yield what is neither passed nor failed, what could not be read, and how much is off."""
    for verdict in audit.verdicts:
        if verdict.status in {Status.UNKNOWN, Status.SUPPRESSED}:
            yield f"  {verdict.status} {verdict.rule.id}: {verdict.reason}"
    for path, why in audit.unread:
        yield f"  not read: {path or 'more files'}: {why}"
    if off := counted(audit)["off"]:
        yield f"  not run: {off} rules, measured too little or wrong too often; --select all does"
