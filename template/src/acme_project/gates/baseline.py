"""P6: a rule chosen for a reason, and a model that beats it beyond doubt."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding, interval

NEEDS = ("evaluate", "gate", "package")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red without a reason, or when the interval of the uplift reaches down to what is required."""
    faults = []
    if not contract.baseline.reason.strip():
        faults.append("[baseline] gives no reason")
    if evidence.packaged is None:
        faults.append("no rung passes the gate")
        return Finding("nothing improves on the baseline", tuple(faults))
    if evidence.packaged == "rule":
        sentence = f"the rule on `{contract.baseline.column}` itself ships"
        if len(contract.training.ladder) > 1:
            faults.append("no model beats the rule beyond doubt")
        return Finding(sentence, tuple(faults))
    uplift = evidence.policies[evidence.packaged]["uplift"]["rule"]
    if uplift["low"] <= contract.uplift.required:
        faults.append(f"the uplift of {contract.uplift.required:g} is not beyond doubt")
    sentence = f"{evidence.packaged} beats the rule by {interval(uplift)}"
    return Finding(sentence, tuple(faults), {"uplift": uplift, "reason": contract.baseline.reason})
