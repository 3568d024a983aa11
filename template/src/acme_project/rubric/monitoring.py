"""The tests of monitoring."""

from datetime import datetime

from .. import artifact, files
from ..dependencies import changed
from ..gates.finding import Finding
from .case import Case, Checks, Unknown


def dependencies(case: Case) -> Finding:
    """O1: what trained the model is still installed; a change is named."""
    recorded = case.report("package")["dependencies"]
    faults = tuple(
        f"trained with {name} {was}, installed is {now or 'none'}: train and judge it again"
        for name, was, now in changed(recorded)
    )
    return Finding(f"{len(recorded)} dependencies are what they were in training", faults)


def alike(case: Case) -> Finding:
    """O3: training, artifact and service answer the same."""
    packaged, served = case.report("package")["parity"], case.report("parity")
    ways = ", ".join(served["served_by"])
    sentence = f"{served['rows']} rows get the same answers from training, artifact and {ways}"
    return Finding(sentence, (*packaged["faults"], *served["faults"]))


def fresh(case: Case) -> Finding | Unknown:
    """O4: the model in use is no older than [service] allows."""
    allowed, models = case.contract.service.max_age_days, case.evidence.root / "models"
    if (version := artifact.current(models)) is None:
        return Unknown("no model is in use")
    manifest = files.read_json(models / version / artifact.MANIFEST, "package")
    age = (case.today - datetime.fromisoformat(manifest["created"]).date()).days
    sentence = f"the model is {age} days old; {allowed} are allowed"
    return Finding(sentence, () if age <= allowed else (sentence,))


def stable(case: Case) -> Finding:
    """O5: whatever comes in, out comes a probability or a refusal that names the field."""
    study = case.report("stability")
    sentence = (
        f"{study['answered']} extreme rows got a probability, {study['refused']} a refusal; "
        f"{study['weights']} weights are finite"
    )
    return Finding(sentence, tuple(study["faults"]))


CHECKS: Checks = {
    "O1": (dependencies, ("package",)),
    "O3": (alike, ("package", "parity")),
    "O4": (fresh, ("package",)),
    "O5": (stable, ("stability",)),
}
