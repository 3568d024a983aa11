"""The ten practices as gates: each looks at evidence, and none can be green without it."""

import tomllib
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from ..contract import Contract
from ..evidence import Evidence
from . import (
    accuracy,
    baseline,
    budgets,
    business,
    deadlines,
    knowledge,
    ladder,
    quick,
    roles,
    serving,
)
from .finding import Finding

Gate = Callable[[Contract, Evidence], Finding]

GATES: dict[str, tuple[Gate, tuple[str, ...]]] = {
    "P1": (business.judge, business.NEEDS),
    "P2": (accuracy.judge, accuracy.NEEDS),
    "P3": (serving.judge, serving.NEEDS),
    "P4": (roles.judge, roles.NEEDS),
    "P5": (budgets.judge, budgets.NEEDS),
    "P6": (baseline.judge, baseline.NEEDS),
    "P7": (knowledge.judge, knowledge.NEEDS),
    "P8": (ladder.judge, ladder.NEEDS),
    "P10": (quick.judge, quick.NEEDS),
}
# Which model ships decides what it is worth, whom it finds and what it costs: of several that
# are red, the first one here is the place to begin.
CAUSES = ("P1", "P8", "P6", "P7", "P2", "P3", "P5", "P10", "P4", "P9")


def words() -> dict[str, dict[str, Any]]:
    """The one text about the practices, which table, page and documents share."""
    return tomllib.loads((Path(__file__).parents[1] / "practices.toml").read_text("utf-8"))


def standing(contract: Contract, evidence: Evidence, today: date) -> list[dict[str, Any]]:
    """Where the project stands on each practice, as the readiness report holds it."""
    texts = words()
    found: dict[str, dict[str, Any]] = {}
    for name, (gate, needed) in GATES.items():
        seen = judged(gate, needed, contract, evidence)
        found[name] = waived(name, seen, contract, today)
    # Milestones name the other practices as evidence, so P9 is judged when these are.
    statuses = {name: each["status"] for name, each in found.items()}
    promises = partial(deadlines.judge, statuses=statuses, today=today)
    found["P9"] = waived("P9", judged(promises, (), contract, evidence), contract, today)
    return [
        {"id": name, "title": text["title"]}
        | found[name]
        | {"why": text["why"], "fix": text["fix"]}
        for name, text in texts.items()
    ]


def judged(
    gate: Gate, needed: tuple[str, ...], contract: Contract, evidence: Evidence
) -> dict[str, Any]:
    """Status, finding and evidence of one practice; never green without evidence."""
    if absent := evidence.absent(needed):
        return {"status": "missing", "finding": unmeasured(absent), "evidence": {}}
    seen = gate(contract, evidence)
    needed += seen.rests_on
    if seen.faults:
        status, finding = "red", "; ".join(seen.faults)
    elif absent := evidence.absent(needed):
        status, finding = "missing", unmeasured(absent)
    elif old := evidence.outdated(needed):
        status, finding = "stale", f"older than its inputs: {', '.join(old)}; run it again"
    else:
        status, finding = "green", seen.sentence
    shown = {"kind": contract.data.kind, "summary": seen.sentence, "reports": list(needed)}
    return {"status": status, "finding": finding, "evidence": shown | seen.evidence}


def unmeasured(absent: list[str]) -> str:
    return f"not measured: there is no report of {', '.join(absent)}"


def waived(name: str, found: dict[str, Any], contract: Contract, today: date) -> dict[str, Any]:
    """Let a person's word stand for a red practice until its day; an expired word is red."""
    given = next((each for each in contract.waivers if each.practice == name), None)
    if given is None:
        return found
    shown = {"waiver": given.model_dump(mode="json")}
    if given.until < today:
        finding = f"the waiver of {given.person} ended on {given.until}; {found['finding']}"
        return found | shown | {"status": "red", "finding": finding}
    if found["status"] != "red":
        return found | shown
    if given.data != contract.data.name:
        return found | {"finding": f"{found['finding']}; its waiver was for {given.data}"} | shown
    finding = f"{found['finding']}; waived until {given.until} by {given.person}: {given.reason}"
    return found | shown | {"status": "waived", "finding": finding}


def root_cause(practices: list[dict[str, Any]]) -> str | None:
    """The red practice to begin with, or None."""
    red = {each["id"] for each in practices if each["status"] == "red"}
    return next((name for name in CAUSES if name in red), None)
