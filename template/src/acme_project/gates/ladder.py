"""P8: what ships beats everything simpler after cost, and gathers the data to climb from."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding, interval

NEEDS = ("evaluate", "gate", "package")
GATHERED = ("capture",)


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when the rung does not beat each simpler one beyond doubt, or forgets what it hears."""
    if (rung := evidence.packaged) is None:
        return Finding("nothing ships", rests_on=GATHERED)
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
    seen = {"rung": rung, "net_uplift": uplifts}
    if not evidence.absent(GATHERED):
        captured = evidence.reports["capture"]
        faults += tuple(captured["faults"])
        sentence += f"; {captured['outcomes']} outcomes outlived a kill, joined to their answers"
        seen["captured"] = captured
    return Finding(sentence, faults, seen, GATHERED)
