"""P8: what ships is unquestionably better than everything simpler, after cost."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding, interval

NEEDS = ("evaluate", "gate", "package")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when the rung that ships does not beat each simpler one beyond doubt."""
    if (rung := evidence.packaged) is None:
        return Finding("nothing ships")
    uplifts = evidence.policies[rung]["net_uplift"]
    faults = tuple(
        f"{rung} is not beyond doubt better than {simpler}: {interval(uplift)} after cost"
        for simpler, uplift in uplifts.items()
        if uplift["low"] <= contract.uplift.required
    )
    ladder = contract.training.ladder
    higher = ladder[ladder.index(rung) + 1 :]
    sentence = f"{rung} beats everything simpler"
    sentence += f"; {' and '.join(higher)} did not earn the climb" if higher else ""
    return Finding(sentence, faults, {"rung": rung, "net_uplift": uplifts})
