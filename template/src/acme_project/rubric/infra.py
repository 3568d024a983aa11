"""The tests of infrastructure."""

from ..gates.finding import Finding, interval
from .case import Case, Checks, Unknown
from .data import covered

# Steps, pipeline and artifact compute in other orders, and must agree all the same.
SAME = 1e-6


def reproducible(case: Case) -> Finding:
    """I1: another training gives the same model, and other folds no other result."""
    again, other = case.report("integration"), case.report("reseeded")
    faults = []
    if again["version"] != again["shipped"]:
        faults.append(f"trained again, {again['shipped']} becomes {again['version']}")
    if other["champion"]:
        value = case.evidence.policies[other["champion"]]["value"]
        faults += [
            f"with the seed {run['seed']} {other['champion']} is worth "
            f"{run['value']['mean']:.2f}, outside of {interval(value)}"
            for run in other["runs"]
            if not value["low"] <= run["value"]["mean"] <= value["high"]
        ]
    seeds = len(other["runs"])
    sentence = f"{again['shipped']} again, to the byte; its value holds with {seeds} other seeds"
    return Finding(sentence, tuple(faults))


def tested(case: Case) -> Finding:
    """I2: unit tests run the code that makes models."""
    return covered(case, "model")


def integrated(case: Case) -> Finding:
    """I3: a fresh clone went from the data to the page and to predictions."""
    study = case.report("integration")
    sentence = f"a fresh clone reached page and predictions after {study['seconds']:g} s"
    return Finding(sentence, tuple(study["faults"]))


def before_serving(case: Case) -> Finding:
    """I4: nothing is packaged that the gate did not let pass."""
    packaged, champion = case.evidence.packaged, case.evidence.champion
    faults = () if packaged == champion else ("what ships is not what passed",)
    return Finding(f"{packaged} passed the gate", faults)


def debuggable(case: Case) -> Finding:
    """I5: the steps of single examples add up to what is answered."""
    steps = case.report("integration")["debug"]
    if steps is None:
        return Finding("", ("no example could be followed, since the clone made no model",))
    faults = []
    if steps["difference"] > SAME:
        faults.append(f"steps and answers differ by {steps['difference']:.1e}")
    if not steps["same_decisions"]:
        faults.append("steps and answers decide differently")
    return Finding(f"the steps of {steps['rows']} examples add up to the answer", tuple(faults))


def canaried(case: Case) -> Finding | Unknown:
    """I6: a worse canary was ended by rule, and another promoted."""
    rehearsal = case.report("rehearsal")
    if rehearsal["canary"] is None:
        return Unknown("without a service there is no traffic to share")
    sentence = "; ".join(each["why"] for each in rehearsal["canary"].values())
    return Finding(sentence, tuple(rehearsal["faults"]["canary"]))


def reversible(case: Case) -> Finding:
    """I7: the model was rolled back while callers kept asking, and none was lost."""
    rehearsal = case.report("rehearsal")
    sentence = (
        f"rolled back within {rehearsal['rollback_s'] or 0:.1f} s under load; "
        f"{rehearsal['requests']} requests, {rehearsal['failed']} failed"
    )
    return Finding(sentence, tuple(rehearsal["faults"]["rollback"]))


CHECKS: Checks = {
    "I1": (reproducible, ("evaluate", "integration", "reseeded")),
    "I2": (tested, ("unittests",)),
    "I3": (integrated, ("integration",)),
    "I4": (before_serving, ("gate", "package")),
    "I5": (debuggable, ("integration",)),
    "I6": (canaried, ("rehearsal",)),
    "I7": (reversible, ("rehearsal",)),
}
