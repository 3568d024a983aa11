"""P3: whoever asks the shipped model hears what the trained one says."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("package",)
# A model that departs from the trained one is not published, so nobody can be asked about it.
SERVED = ("parity",)


def judge(contract: Contract, evidence: Evidence) -> Finding:  # noqa: ARG001
    """Red when the artifact departs from the trained model, or what serves it from the artifact."""
    parity = evidence.reports["package"]["parity"]
    faults = evidence.unlike
    if faults or evidence.absent(SERVED):
        sentence = f"the artifact answers {parity['rows']} rows as the trained model does"
        return Finding(sentence, faults, {"parity": parity}, SERVED)
    online = evidence.reports["parity"]
    sentence = (
        f"{online['rows']} rows: the artifact is within {parity['difference']:.0e} of the "
        f"trained model, and {' and '.join(online['served_by'])} answer as it does to the bit"
    )
    return Finding(sentence, tuple(online["faults"]), {"parity": parity, "served": online}, SERVED)
