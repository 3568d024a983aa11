"""P1: an objective with owner and value, which what ships raises beyond doubt."""

from typing import Any

from ..contract import Contract
from ..evidence import Evidence
from ..sections import MatrixValue
from .finding import Finding, interval

NEEDS = ("baseline", "train", "evaluate", "gate")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red without objective, owner, value per outcome, or a raise of the value."""
    faults = []
    if not (contract.objective.sentence.strip() and contract.objective.unit.strip()):
        faults.append("[objective] has no sentence or no unit")
    if not contract.roles.data_scientist.strip():
        faults.append("[roles] names nobody who answers for the objective")
    if isinstance(contract.value, MatrixValue) and contract.value.placeholder:
        faults.append("[value] still holds placeholders; set the figures and remove `placeholder`")
    faults += peeked(evidence)
    if evidence.champion is None:
        faults.append("no rung is worth more than acting without a model")
        return Finding(faults[0], tuple(faults))
    note = contract.objective.proxy_note.strip()
    against = misled(evidence, contract.uplift.noticeable)
    faults += [] if note else against
    value = evidence.policies[evidence.champion]["value"]
    unit = contract.objective.unit
    sentence = f"{evidence.champion} is worth {interval(value)} {unit} a row on unseen rows"
    if against and note:
        sentence += f"; the proxy ranks otherwise: {note}"
    return Finding(sentence, tuple(faults), {"value": value, "unit": unit})


def peeked(evidence: Evidence) -> list[str]:
    """Rungs whose model or threshold has seen the rows that they were judged on."""
    rungs = evidence.reports["baseline"]["rungs"] | evidence.reports["train"]["rungs"]
    return [
        f"{name} was judged by a model or threshold that knew how the rows would turn out"
        for name, measured in rungs.items()
        if not measured["blind"]
    ]


def misled(evidence: Evidence, noticeable: float) -> list[str]:
    """Pairs of rungs that the proxy ranks one way and the value, beyond doubt, the other.

    The whole interval has to lie beyond what anyone would notice: less needs no explanation.
    """
    rungs = {name: each for name, each in evidence.policies.items() if "quality" in each}
    return [
        f"{name} ranks better than {simpler} by average precision, and is worth less"
        if uplift["mean"] < 0
        else f"{name} ranks worse than {simpler} by average precision, and is worth more"
        for name, each in rungs.items()
        for simpler, uplift in each["uplift"].items()
        if simpler in rungs
        and disagree(precision(each) - precision(rungs[simpler]), uplift, noticeable)
    ]


def precision(policy: dict[str, Any]) -> float:
    return policy["quality"]["average_precision"]


def disagree(proxy: float, uplift: dict[str, float], noticeable: float) -> bool:
    """Whether the proxy moves one way and the whole interval of the value the other."""
    return (proxy > 0 and uplift["high"] < -noticeable) or (
        proxy < 0 and uplift["low"] > noticeable
    )
