"""Google's ML Test Score, for what really ran: a point for each test that passed.

Source: Breck et al., "The ML Test Score", IEEE Big Data 2017.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from ..contract import Contract
from ..evidence import Evidence
from . import data, infra, model, monitoring
from .case import Case, Checks, Unknown

CHECKS: Checks = {**data.CHECKS, **model.CHECKS, **infra.CHECKS, **monitoring.CHECKS}
SECTIONS = ("data", "model", "infra", "monitoring")


def score(contract: Contract, evidence: Evidence, today: date) -> dict[str, Any]:
    """Points by section, the score, which is the lowest of them, and every test."""
    text = (Path(__file__).parents[1] / "ml_tests.toml").read_text("utf-8")
    case = Case(contract, evidence, today)
    tests = [
        {"id": name, **words, **outcome(name, case)} for name, words in tomllib.loads(text).items()
    ]
    points = {
        section: sum(each["section"] == section and each["status"] == "passed" for each in tests)
        for section in SECTIONS
    }
    return points | {"score": min(points.values()), "tests": tests}


def outcome(name: str, case: Case) -> dict[str, Any]:
    """Status and finding of one test; never passed without a report that is up to date."""
    if name not in CHECKS:
        return {"status": "missing", "finding": "nothing measures it yet"}
    check, needed = CHECKS[name]
    if absent := case.evidence.absent(needed):
        return {"status": "not run", "finding": f"there is no report of {', '.join(absent)}"}
    if old := case.evidence.outdated(needed):
        return {"status": "stale", "finding": f"older than its inputs: {', '.join(old)}"}
    seen = check(case)
    if isinstance(seen, Unknown):
        return {"status": "not run", "finding": seen.reason}
    status = "failed" if seen.faults else "passed"
    return {"status": status, "finding": "; ".join(seen.faults) or seen.sentence}
