"""P10: a fresh clone reaches a first sensible prediction within its budget."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("smoke",)


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when the shortest path is broken, ends in nonsense, or takes too long."""
    smoke, budget = evidence.reports["smoke"], contract.budgets.first_prediction_s
    faults = list(smoke["faults"])
    if smoke["seconds"] > budget:
        faults.append(f"the first prediction took {smoke['seconds']:g} s, and may take {budget:g}")
    sentence = f"a fresh clone answers after {smoke['seconds']:g} s of {budget:g}"
    return Finding(sentence, tuple(faults), smoke | {"budget_s": budget})
