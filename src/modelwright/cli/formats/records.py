"""An audit as JSON: the document, and the flat record of a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...audit import Audit
from ...core.finding import SEVERITIES, Severity, Status


def document(audits: Sequence[Audit], fatal: Sequence[Severity]) -> dict[str, Any]:
    """Return everything that was found, as JSON holds it."""
    return {
        "passed": not any(audit.breaks(fatal) for audit in audits),
        "findings": [record for audit in audits for record in findings(audit)],
        "repositories": [_repository(audit, fatal) for audit in audits],
    }


def findings(audit: Audit) -> Iterator[dict[str, Any]]:
    """Yield each finding that nothing suppresses, with all that there is to say of it."""
    ranked = sorted(audit.failed, key=lambda each: SEVERITIES.index(each.rule.severity))
    for verdict in ranked:
        rule = verdict.rule
        for each in verdict.findings:
            yield {
                "repository": audit.place,
                "rule": rule.id,
                "practice": rule.practice,
                "severity": rule.severity,
                "path": each.path,
                "line": each.line or None,
                "message": each.message,
                "title": rule.title,
                "why": rule.why,
                "fix": rule.fix,
                "explain": f"modelwright explain {rule.id}",
            }


def _repository(audit: Audit, fatal: Sequence[Severity]) -> dict[str, Any]:
    return {
        "repository": audit.place,
        "passed": not audit.breaks(fatal),
        "error": audit.error or None,
        "counts": counted(audit),
        "rules": [
            {
                "id": verdict.rule.id,
                "practice": verdict.rule.practice,
                "title": verdict.rule.title,
                "severity": verdict.rule.severity,
                "status": verdict.status,
                "reason": verdict.reason or None,
                "precision": verdict.rule.measured.both.precision,
                "labelled": verdict.rule.measured.both.findings,
            }
            for verdict in audit.verdicts
        ],
        "unread": [{"path": path, "why": why} for path, why in audit.unread],
    }


def counted(audit: Audit) -> dict[str, int]:
    """Return how many rules ended how."""
    found = Counter(verdict.status for verdict in audit.verdicts)
    return {status.value: found[status] for status in Status}
