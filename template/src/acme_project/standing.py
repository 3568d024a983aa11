"""The readiness report as a table for the terminal."""

from collections import Counter
from typing import Any

from .cli import source_of
from .gates import root_cause


def table(report: dict[str, Any]) -> str:
    """The answer first, a line for each practice, the next command last."""
    practices = report["practices"]
    counts = Counter(each["status"] for each in practices)
    width = max(len(each["title"]) for each in practices)
    lines = [report["verdict"]]
    if report["data"]["kind"] == "sample":
        lines.append(f"sample data: {report['data']['name']}, not your problem")
    lines += [""]
    lines += [
        f"{each['id']:4} {each['status']:8} {each['title']:{width}}  {each['finding']}"
        for each in practices
    ]
    lines += ["", ", ".join(f"{count} {status}" for status, count in counts.items())]
    return "\n".join([*lines, "page: reports/index.html", f"next: {following(report)}"])


def following(report: dict[str, Any]) -> str:
    """The one thing to do now."""
    practices = report["practices"]
    if first := root_cause(practices):
        fix = next(each["fix"] for each in practices if each["id"] == first)
        return f"{first}: {fix}"
    if any(each["status"] == "stale" for each in practices):
        return "acme-project run"
    if report["waiting"]:
        trial = "`canary start`, or " if source_of("canary") else ""
        return f"{report['waiting']} waits: {trial}`promote`"
    if source_of("serve"):
        return "acme-project serve"
    return "acme-project score IN OUT"
