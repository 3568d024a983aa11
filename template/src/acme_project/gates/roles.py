"""P4: every role is filled, everything has an owner, and the whole runs without its authors."""

from pathlib import Path

from .. import roles
from ..alerts import RUNBOOK, alerts, sections
from ..ci import runs_pipeline
from ..contract import Contract
from ..errors import Stop
from ..evidence import Evidence
from ..roles import Ownership
from .finding import Finding

NEEDS = ()


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when something has no owner, CODEOWNERS and contract disagree, or CI runs too little."""
    filled = contract.roles.model_dump()
    faults = [f"nobody is the {role.replace('_', ' ')}" for role, who in filled.items() if not who]
    faults += automation(evidence.root, contract.project.ci)
    faults += unanswered(evidence.root, set(filled))
    try:
        found = roles.ownership(evidence.root)
    except Stop as stop:
        return Finding("nobody knows who owns what", (*faults, stop.what))
    faults += [*ownerless(found), *disagreement(found, filled)]
    owned = f"{len(found.stages)} stages, {len(found.folders)} folders and {len(alerts())} alerts"
    sentence = f"{owned} have an owner; {contract.project.ci} runs the pipeline"
    return Finding(sentence, tuple(faults), {"stages": found.stages, "folders": found.folders})


def ownerless(found: Ownership) -> list[str]:
    """What nobody has to agree to."""
    lacking = [path for path, owners in (found.stages | found.folders).items() if not owners]
    return [f"CODEOWNERS gives no owner to {', '.join(lacking)}"] if lacking else []


def disagreement(found: Ownership, filled: dict[str, str]) -> list[str]:
    """Owners without a role, and roles that own nothing."""
    strangers = sorted(found.named - set(filled.values()))
    idle = [role.replace("_", " ") for role, who in filled.items() if who and who not in found.busy]
    return [
        *(f"CODEOWNERS names {name}, who has no role in contract.toml" for name in strangers),
        *(f"the {role} owns nothing" for role in idle),
    ]


def unanswered(root: Path, filled: set[str]) -> list[str]:
    """Alerts that call nobody, or leave whoever comes without a word."""
    known, written = alerts().values(), sections(root / RUNBOOK)
    return [
        *(f"the alert {each.id} calls nobody" for each in known if each.role not in filled),
        *(
            f"{RUNBOOK} says nothing about {each.id}"
            for each in known
            if each.runbook not in written
        ),
    ]


def automation(root: Path, ci: str) -> list[str]:
    """Why nothing runs the pipeline when its authors are away."""
    if not ci:
        return ["no CI runs the pipeline: [project] ci is empty"]
    try:
        ran = runs_pipeline(root / ci)
    except ValueError as error:
        return [f"{ci} cannot be read: {error}"]
    return [] if ran else [f"{ci} does not run the pipeline on every push"]
