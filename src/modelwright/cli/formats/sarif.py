"""An audit as SARIF 2.1.0 (OASIS), which code scanning takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ...audit import Audit, Verdict
from ...core.finding import Finding, Status

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def document(audits: Sequence[Audit], version: str) -> dict[str, Any]:
    """Return a run for each repository."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [_run(audit, version) for audit in audits],
    }


def _run(audit: Audit, version: str) -> dict[str, Any]:
    notes = [f"{path}: {why}" for path, why in audit.unread]
    notes += [audit.error] if audit.error else []
    return {
        "tool": {
            "driver": {
                "name": "modelwright",
                "version": version,
                "rules": [_rule(verdict) for verdict in audit.verdicts],
            }
        },
        "automationDetails": {"id": f"modelwright/{quote(audit.place)}"},
        "invocations": [
            {
                "executionSuccessful": not audit.error,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": _plain(note)}} for note in notes
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [*_results(audit)],
    }


def _rule(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.rule
    return {
        "id": rule.id,
        "name": type(rule).__name__,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.fix} See `modelwright explain {rule.id}`."},
        "defaultConfiguration": {"level": rule.severity, "enabled": not rule.doubt},
        "properties": {"tags": [rule.practice]},
    }


def _results(audit: Audit) -> Iterator[dict[str, Any]]:
    for index, verdict in enumerate(audit.verdicts):
        for finding in verdict.findings:
            result = {
                "ruleId": verdict.rule.id,
                "ruleIndex": index,
                "level": verdict.rule.severity,
                "message": {"text": _plain(finding.message)},
                "locations": [_location(finding)],
            }
            if verdict.status is Status.SUPPRESSED:
                result["suppressions"] = [{"kind": "external", "justification": verdict.reason}]
            yield result


def _location(finding: Finding) -> dict[str, Any]:
    # Code scanning shows nothing without a file: what a repository lacks is pinned to its README.
    place = {"uri": quote(finding.path or "README.md", errors="replace")}
    region = {"startLine": max(1, finding.line)}
    return {"physicalLocation": {"artifactLocation": place, "region": region}}


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
