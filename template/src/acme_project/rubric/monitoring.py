"""The tests of monitoring."""

from datetime import datetime
from typing import Any

from .. import artifact, files, footprint
from ..dependencies import changed
from ..gates.finding import Finding
from .case import Case, Checks, Unknown

# The fault of which only outcomes tell.
LABELS = "labels"


def dependencies(case: Case) -> Finding:
    """O1: what trained the model is still installed; a change is named."""
    recorded = case.report("package")["dependencies"]
    faults = tuple(
        f"trained with {name} {was}, installed is {now or 'none'}: train and judge it again"
        for name, was, now in changed(recorded)
    )
    return Finding(f"{len(recorded)} dependencies are what they were in training", faults)


def inputs(case: Case) -> Finding:
    """O2: what is wrong with inputs raises its alert, and undisturbed inputs raise none."""
    study = case.report("detection")
    quiet, faults = study["undisturbed"], {**study["faults"]}
    faults.pop(LABELS, None)
    found = [
        *unseen(faults),
        *(
            f"{', '.join(each['early'])} is raised though nothing has changed (seed {each['seed']})"
            for each in quiet
            if each["early"]
        ),
    ]
    rows = max((each["rows"] or 0 for replays in faults.values() for each in replays), default=0)
    sentence = (
        f"{len(faults)} faults are seen within {rows:,} rows, and nothing in {len(quiet)} "
        "undisturbed replays; simulated"
    )
    return Finding(sentence, tuple(found))


def unseen(faults: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The faults that no alert was raised for, or in no replay."""
    return [
        f"`{fault}` goes unseen in {sum(each['rows'] is None for each in replays)} of "
        f"{len(replays)} replays"
        for fault, replays in faults.items()
        if not replays or any(each["rows"] is None for each in replays)
    ]


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


def computing(case: Case) -> Finding:
    """O6: the release takes no more time and memory than its first packaging, or its parent."""
    package = case.report("package")
    before = package["before"]
    sentence = ", ".join(f"{name} {package[name]:g}" for name in footprint.SLACK)
    if before is None:
        models = case.evidence.root / "models"
        kept = footprint.recorded(models, package["version"]) is not None
        faults = () if kept else ("what the release takes is not recorded",)
        return Finding(f"{sentence}; recorded for the releases to come", faults)
    return Finding(
        f"{sentence}; compared with {before['version']}",
        tuple(footprint.grown(package, before)),
    )


def outcomes(case: Case) -> Finding:
    """O7: once equal rows turn out differently, the value that is lost raises an alert."""
    replays = case.report("detection")["faults"].get(LABELS, [])
    rows = max((each["rows"] or 0 for each in replays), default=0)
    sentence = f"a loss of quality is seen within {rows:,} rows; simulated"
    return Finding(sentence, tuple(unseen({LABELS: replays})))


CHECKS: Checks = {
    "O1": (dependencies, ("package",)),
    "O2": (inputs, ("detection",)),
    "O3": (alike, ("package", "parity")),
    "O4": (fresh, ("package",)),
    "O5": (stable, ("stability",)),
    "O6": (computing, ("package",)),
    "O7": (outcomes, ("detection",)),
}
