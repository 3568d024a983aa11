"""The ten practices as gates: each looks at evidence and says green or red, or missing."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .contract import Contract, MatrixValue

SCORED = {"data": ["D1"], "model": ["M5"], "infra": ["I4"], "monitoring": []}


@dataclass(frozen=True)
class Evidence:
    """What the stages reported, and why it no longer counts, if it does not."""

    reports: dict[str, dict[str, Any]]
    stale: str | None = None

    @property
    def champion(self) -> str | None:
        """The rung that the gate chose."""
        return self.reports["gate"]["champion"]

    @property
    def champion_policy(self) -> dict[str, Any] | None:
        """What the champion is worth; None before anything is measured, or if nothing passes."""
        if self.absent(("evaluate", "gate")) or self.champion is None:
            return None
        return self.policies[self.champion]

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """What each policy is worth."""
        return self.reports["evaluate"]["policies"]

    def absent(self, needed: tuple[str, ...]) -> list[str]:
        """The stages whose reports a gate needs and does not have."""
        return [name for name in needed if name not in self.reports]


@dataclass(frozen=True)
class Finding:
    """What a gate saw: *faults* make it red."""

    sentence: str
    faults: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)


Gate = Callable[[Contract, Evidence], Finding]


def business_metric(contract: Contract, evidence: Evidence) -> Finding:
    """P1: an objective with owner and value, which the champion raises beyond doubt."""
    faults = []
    if not (contract.objective.sentence.strip() and contract.objective.unit.strip()):
        faults.append("[objective] has no sentence or no unit")
    if not contract.roles.data_scientist.strip():
        faults.append("[roles] names nobody who answers for the objective")
    if isinstance(contract.value, MatrixValue) and contract.value.placeholder:
        faults.append("[value] still holds placeholders; set the figures and remove `placeholder`")
    if evidence.champion is None:
        faults.append("no rung is worth more than acting without a model")
        return Finding(faults[0], tuple(faults))
    faults += misled(evidence)
    value = evidence.policies[evidence.champion]["value"]
    unit = contract.objective.unit
    sentence = f"{evidence.champion} is worth {interval(value)} {unit} a row on unseen rows"
    return Finding(sentence, tuple(faults), {"value": value, "unit": unit})


def misled(evidence: Evidence) -> list[str]:
    """Pairs of rungs that the proxy ranks one way and the value, beyond doubt, the other."""
    rungs = {name: each for name, each in evidence.policies.items() if "quality" in each}
    return [
        f"{name} ranks better than {simpler} by average precision, and is worth less"
        if uplift["high"] < 0
        else f"{name} ranks worse than {simpler} by average precision, and is worth more"
        for name, each in rungs.items()
        for simpler, uplift in each["uplift"].items()
        if simpler in rungs and disagree(precision(each) - precision(rungs[simpler]), uplift)
    ]


def precision(policy: dict[str, Any]) -> float:
    return policy["quality"]["average_precision"]


def disagree(proxy: float, uplift: dict[str, float]) -> bool:
    """Whether the proxy moves one way and the whole interval of the value the other."""
    return (proxy > 0 and uplift["high"] < 0) or (proxy < 0 and uplift["low"] > 0)


def small(contract: Contract, evidence: Evidence) -> Finding:
    """P5: what was measured in this run lies within its budget."""
    seconds = evidence.reports["baseline"]["seconds"] | evidence.reports["train"]["seconds"]
    measured = {
        "artifact_mb": evidence.reports["package"]["artifact_mb"],
        "p95_ms": evidence.reports["package"]["p95_ms"],
        "memory_mb": evidence.reports["package"]["memory_mb"],
        "train_s": seconds[evidence.reports["package"]["rung"]],
    }
    budgets = contract.budgets.model_dump()
    faults = tuple(
        f"{name} is {value:g}, and may be {budgets[name]:g}"
        for name, value in measured.items()
        if value > budgets[name]
    )
    sentence = "{artifact_mb:g} MB, {p95_ms:g} ms at p95, {memory_mb:g} MB of memory, {train_s:g} s"
    return Finding(
        sentence.format_map(measured), faults, {"measured": measured, "budgets": budgets}
    )


def baseline(contract: Contract, evidence: Evidence) -> Finding:
    """P6: a rule with a reason, and a model that beats it beyond doubt."""
    faults = []
    if not contract.baseline.reason.strip():
        faults.append("[baseline] gives no reason")
    if evidence.champion is None:
        faults.append("no rung passes the gate")
        return Finding("nothing improves on the baseline", tuple(faults))
    if evidence.champion == "rule":
        sentence = f"the rule on `{contract.baseline.column}` itself ships"
        if len(contract.training.ladder) > 1:
            faults.append("no model beats the rule beyond doubt")
        return Finding(sentence, tuple(faults))
    uplift = evidence.policies[evidence.champion]["uplift"]["rule"]
    if uplift["low"] <= contract.uplift.required:
        faults.append(f"the uplift of {contract.uplift.required:g} is not beyond doubt")
    sentence = f"{evidence.champion} beats the rule by {interval(uplift)}"
    return Finding(sentence, tuple(faults), {"uplift": uplift, "reason": contract.baseline.reason})


def interval(value: dict[str, float]) -> str:
    return f"{value['mean']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"


GATES: dict[str, tuple[Gate, tuple[str, ...]]] = {
    "P1": (business_metric, ("evaluate", "gate")),
    "P5": (small, ("baseline", "train", "package")),
    "P6": (baseline, ("evaluate", "gate")),
}


def standing(contract: Contract, evidence: Evidence) -> list[dict[str, Any]]:
    """Where the project stands on each practice, as the readiness report holds it."""
    text = (Path(__file__).parent / "practices.toml").read_text("utf-8")
    return [
        {"id": name, "title": words["title"]}
        | judged(name, words, contract, evidence)
        | {"why": words["why"], "fix": words["fix"]}
        for name, words in tomllib.loads(text).items()
    ]


def judged(
    name: str, words: dict[str, str], contract: Contract, evidence: Evidence
) -> dict[str, Any]:
    """Status, finding and evidence of one practice; never green without evidence."""
    if name not in GATES:
        return {"status": "missing", "finding": words["so_far"], "evidence": {}}
    gate, needed = GATES[name]
    if absent := evidence.absent(needed):
        finding = f"not measured: there is no report of {', '.join(absent)}"
        return {"status": "missing", "finding": finding, "evidence": {}}
    seen = gate(contract, evidence)
    status = "red" if seen.faults else "stale" if evidence.stale else "green"
    finding = "; ".join(seen.faults) or evidence.stale or seen.sentence
    kind = {"kind": contract.data.kind, "summary": seen.sentence}
    return {"status": status, "finding": finding, "evidence": kind | seen.evidence}


def ml_test_score(evidence: Evidence) -> dict[str, Any]:
    """Points of Google's ML Test Score for what really ran: one for each automated test.

    Source: Breck et al., "The ML Test Score", IEEE Big Data 2017.
    """
    ran = {"D1": "validate", "M5": "gate", "I4": "package"}
    passed = [] if evidence.stale else [test for test in ran if ran[test] in evidence.reports]
    points = {section: sum(test in passed for test in tests) for section, tests in SCORED.items()}
    return points | {"score": min(points.values()), "tests": passed}
