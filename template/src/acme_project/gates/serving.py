"""P3: what ships is what was trained, it ships again and again, and there is a way back."""

from pathlib import Path

from ..ci import cronjob, retrains
from ..cli import source_of
from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("package",)
# A model that departs from the trained one is not published, so nobody can be asked about it.
SERVED = ("parity", "rehearsal")
CLUSTER = "deploy/kubernetes"


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when answers depart from training, nobody retrains, or the way back is not rehearsed."""
    parity = evidence.reports["package"]["parity"]
    faults = (*evidence.unlike, *unscheduled(evidence.root, contract.project.ci))
    if evidence.unlike or evidence.absent(SERVED):
        sentence = f"the artifact answers {parity['rows']} rows as the trained model does"
        return Finding(sentence, faults, {"parity": parity}, SERVED)
    online, rehearsal = evidence.reports["parity"], evidence.reports["rehearsal"]
    faults += (
        *online["faults"],
        *rehearsal["faults"]["rollback"],
        *rehearsal["faults"]["newcomer"],
    )
    sentence = (
        f"{online['rows']} rows: the artifact is within {parity['difference']:.0e} of the "
        f"trained model, and {' and '.join(online['served_by'])} answer as it does to the bit; "
        f"a rollback takes {rehearsal['rollback_s'] or 0:.1f} s"
    )
    seen = {"parity": parity, "served": online, "rehearsal": rehearsal}
    return Finding(sentence, faults, seen, SERVED)


def unscheduled(root: Path, ci: str) -> list[str]:
    """Why nobody trains again when its authors are away."""
    command = "retrain" if source_of("retrain") else "run"
    if (ci and retrains((root / ci).parent, command)) or cronjob(root / CLUSTER, command):
        return []
    return [f"nothing runs `acme-project {command}` on a schedule"]
