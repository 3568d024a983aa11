"""Google's ML Test Score, for what really ran: a point for each test that passed.

Source: Breck et al., "The ML Test Score", IEEE Big Data 2017.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .contract import Contract
from .evidence import Evidence
from .gates.finding import Finding

Check = Callable[[Contract, Evidence], Finding]
SECTIONS = ("data", "model", "infra", "monitoring")


def schema(contract: Contract, evidence: Evidence) -> Finding:  # noqa: ARG001
    """D1: what each feature may hold is written down, and was checked."""
    return Finding(f"{len(evidence.reports['validate']['checks'])} checks of the table passed")


def simpler(contract: Contract, evidence: Evidence) -> Finding:  # noqa: ARG001
    """M5: every simpler rung was measured on the same rows, and what ships beats it."""
    steps = evidence.reports["gate"]["steps"]
    return Finding(f"{len(steps)} comparisons of a rung with a simpler one")


def before_serving(contract: Contract, evidence: Evidence) -> Finding:  # noqa: ARG001
    """I4: nothing is packaged that the gate did not let pass."""
    faults = () if evidence.packaged == evidence.champion else ("what ships is not what passed",)
    return Finding(f"{evidence.packaged} passed the gate", faults)


CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "D1": (schema, ("validate",)),
    "M5": (simpler, ("evaluate", "gate", "package")),
    "I4": (before_serving, ("gate", "package")),
}


def score(contract: Contract, evidence: Evidence) -> dict[str, Any]:
    """Points by section, the score, which is the lowest of them, and every test."""
    text = (Path(__file__).parent / "ml_tests.toml").read_text("utf-8")
    tests = [
        {"id": name, **words, **outcome(name, contract, evidence)}
        for name, words in tomllib.loads(text).items()
    ]
    points = {
        section: sum(each["section"] == section and each["status"] == "passed" for each in tests)
        for section in SECTIONS
    }
    return points | {"score": min(points.values()), "tests": tests}


def outcome(name: str, contract: Contract, evidence: Evidence) -> dict[str, Any]:
    """Status and finding of one test; never passed without a report that is up to date."""
    if name not in CHECKS:
        return {"status": "missing", "finding": "nothing measures it yet"}
    check, needed = CHECKS[name]
    if absent := evidence.absent(needed):
        return {"status": "not run", "finding": f"there is no report of {', '.join(absent)}"}
    if old := evidence.outdated(needed):
        return {"status": "stale", "finding": f"older than its inputs: {', '.join(old)}"}
    seen = check(contract, evidence)
    status = "failed" if seen.faults else "passed"
    return {"status": status, "finding": "; ".join(seen.faults) or seen.sentence}
