"""P5: what was measured in this run, on this machine, lies within its budget."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("baseline", "train", "package")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when artifact, latency, memory or training time passes its budget."""
    rungs = evidence.reports["baseline"]["rungs"] | evidence.reports["train"]["rungs"]
    package = evidence.reports["package"]
    measured = {
        "artifact_mb": package["artifact_mb"],
        "p95_ms": package["p95_ms"],
        "memory_mb": package["memory_mb"],
        "train_s": rungs[package["rung"]]["fit_s"],
    }
    budgets = contract.budgets.model_dump(include=set(measured))
    faults = tuple(
        f"{name} is {value:g}, and may be {budgets[name]:g}"
        for name, value in measured.items()
        if value > budgets[name]
    )
    sentence = "{artifact_mb:g} MB, {p95_ms:g} ms at p95, {memory_mb:g} MB of memory, {train_s:g} s"
    return Finding(
        sentence.format_map(measured), faults, {"measured": measured, "budgets": budgets}
    )
