"""Package the champion: one folder that serves without any of the code that trained it."""

import json
import subprocess  # nosec B404
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.pipeline import Pipeline
from skops import io as skops

from . import artifact, candidates, dependencies, evidence, files, footprint, reference, releases
from .contract import Contract
from .conversion import to_onnx
from .crossfit import positive
from .errors import Stop
from .pages import model_card
from .paths import Paths
from .rows import Rows, Split, load
from .sections import Number
from .thresholds import Thresholds, joined

PARITY = 1e-6
CARD = "model-card.md"
METRICS = ("value", "held_back", "uplift", "quality", "slices", "gaps")


@click.command("package")
def command() -> None:
    """Convert the champion, current if it is the first; exit 1 when it no longer says the same."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    champion = files.read_json(paths.report("gate"), "gate")["champion"]
    if champion is None:
        raise Stop("the gate let no rung pass, so there is nothing to package", fix="see `gate`")
    pipeline = candidates.pipelines(candidates.maker(champion), paths)[champion]
    split = load(paths, contract)
    payload = {
        artifact.GRAPH: to_onnx(pipeline, dict(contract.features)),
        reference.REFERENCE: summarised(champion, paths, split, contract),
    }
    manifest = described(champion, payload, split.development, paths, contract)
    contents = payload | {
        artifact.MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False).encode(),
        CARD: model_card(contract, manifest).encode(),
        "pipeline.skops": skops.dumps(pipeline),
    }
    with tempfile.TemporaryDirectory(dir=paths.models, prefix=".new-") as staging:
        folder = Path(staging) / manifest["version"]
        for name, content in contents.items():
            files.write(folder / name, content)
        report = measured(Path(staging), pipeline, manifest, split)
        report["before"] = footprint.recorded(paths.models, manifest["version"], manifest["parent"])
        record = {name: report[name] for name in footprint.SLACK}
        files.write_json(folder / footprint.RECORD, record)
        if not report["parity"]["faults"]:
            publish(folder, paths.models)
    evidence.keep("package", report, paths)
    if report["parity"]["faults"]:
        click.echo(
            f"{champion} is not published: {'; '.join(report['parity']['faults'])}", err=True
        )
        raise click.exceptions.Exit(1)
    version, current = manifest["version"], releases.first(paths.models, manifest["version"])
    if version == current:
        click.echo(f"{version} is packaged, and current")
    else:
        click.echo(f"{version} is packaged; {current} is in use until `promote` changes that")


def described(
    rung: str, payload: dict[str, bytes], rows: Rows, paths: Paths, contract: Contract
) -> dict[str, Any]:
    """The manifest of a rung; equal inputs give an equal version."""
    policy = files.read_json(paths.report("evaluate"), "evaluate")["policies"][rung]
    data = files.read_json(paths.report("data"), "data")
    content = {
        "format": 1,
        "project": "acme-project",
        "rung": rung,
        "problem": contract.project.problem,
        "threshold": policy["threshold"],
        "groups": grouped(policy["thresholds"], rows, contract),
        "decision": contract.label.decision,
        "features": declared(contract),
        "outcome": outcome(rows, contract),
        "files": {name: files.sha256(content) for name, content in payload.items()},
        "data": {key: data[key] for key in ("source", "sha256", "kind", "name", "rows")},
        "metrics": {key: policy[key] for key in METRICS},
        "example": example(rows, contract),
    }
    digest = files.sha256(json.dumps(content, sort_keys=True).encode())
    return content | {
        "version": f"{rung}-{digest[:8]}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": {"commit": commit(paths.root), "sha256": code()},
        "parent": artifact.current(paths.models),
    }


def summarised(champion: str, paths: Paths, split: Split, contract: Contract) -> bytes:
    """What live traffic will be compared with, as JSON."""
    stage = candidates.maker(champion)
    value = files.read_json(paths.report("evaluate"), "evaluate")["policies"][champion]["value"]
    found = reference.summary(
        split.development,
        contract,
        answered=positive(candidates.pipelines(stage, paths)[champion], split.development),
        unseen=candidates.predictions(stage, paths)[champion].probability.mean(axis=0),
        promise=reference.Promise.of(value, contract.uplift.confidence),
    )
    return f"{found.model_dump_json(indent=1)}\n".encode()


def declared(contract: Contract) -> list[dict[str, Any]]:
    """What the service accepts for each feature."""
    return [
        {"name": name, **kind.model_dump(mode="json", exclude={"scale", "price"})}
        for name, kind in contract.features.items()
    ]


def outcome(rows: Rows, contract: Contract) -> list[dict[str, Any]]:
    """The columns that tell how a row turned out: the label, and the value where it is another."""
    label, value = contract.label, contract.value
    known: dict[str, Any] = {"name": label.column, "required": True}
    if label.positive is None:
        known |= {"kind": "number"}
    else:
        known |= {"kind": "category", "levels": levels(rows, label.column)}
    if value.kind == "matrix" or value.column == label.column:
        return [known]
    return [known, {"name": value.column, "kind": "number", "required": True}]


def grouped(thresholds: dict[str, float], rows: Rows, contract: Contract) -> dict[str, Any] | None:
    """The columns that choose a threshold, and the thresholds; None with one for all."""
    columns = [
        {"name": name, "kind": "category", "required": False, "levels": levels(rows, name)}
        for name in contract.fairness.thresholds_by
    ]
    return {"columns": columns, "thresholds": thresholds} if thresholds else None


def levels(rows: Rows, name: str) -> list[str]:
    """What a column of the table holds, but for what is missing."""
    return sorted(set(rows.table[name].astype(str)) - {""})


def example(rows: Rows, contract: Contract) -> dict[str, float | str]:
    """A row in the middle of the data that is nobody's: medians and commonest levels."""
    middle: dict[str, float | str] = {}
    for name, kind in contract.features.items():
        column = rows.table[name]
        if isinstance(kind, Number):
            middle[name] = round(float(column.median()), 6)
        else:
            middle[name] = str(column[column != ""].mode()[0])
    return middle


def commit(root: Path) -> str | None:
    """The commit that the work tree stands on; None outside a repository."""
    asked = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        answer = subprocess.run(  # nosec B603
            asked, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def code() -> str:
    """The hash of all modules of this package."""
    modules = sorted(Path(__file__).parent.rglob("*.py"))
    return files.sha256(b"".join(module.read_bytes() for module in modules))


def measured(
    models: Path, pipeline: Pipeline, manifest: dict[str, Any], split: Split
) -> dict[str, Any]:
    """Size, latency and memory of the artifact, and how far it is from the trained pipeline."""
    version = manifest["version"]
    return {
        "version": version,
        "rung": manifest["rung"],
        "parity": parity(pipeline, artifact.load(models, version), split),
        "dependencies": dependencies.loaded(),
        **footprint.measured(models, version),
    }


def parity(pipeline: Pipeline, model: artifact.Model, split: Split) -> dict[str, Any]:
    """Ask pipeline and artifact about every row.

    It is a fault when a probability differs by more than PARITY, or a decision at all.
    """
    grouped = model.manifest.groups
    columns = [each.name for each in grouped.columns] if grouped else []
    thresholds = Thresholds(model.manifest.threshold, grouped.thresholds if grouped else {})
    difference, flipped, rows = 0.0, 0, 0
    for part in split.parts():
        expected = positive(pipeline, part)
        decided = expected >= thresholds.of(joined(part.table, columns))
        answers = model.predict(part.records(columns))
        apart = np.abs(expected - [answer.probability for answer in answers])
        difference = max(difference, float(apart.max()))
        flipped += int(np.sum(decided != [answer.decision for answer in answers]))
        rows += len(part)
    differs = f"the artifact differs from the trained model by {difference:.1e}"
    faults = [f"{differs}, and in {flipped} decisions"] if difference > PARITY or flipped else []
    return {
        "rows": rows,
        "difference": difference,
        "other_decisions": flipped,
        "faults": faults,
    }


def publish(folder: Path, models: Path) -> None:
    """Move the folder to its place, and only then say that it is the latest.

    Of a version that is there already, only what is missing comes, such as what git does not
    keep; its card follows the words of the contract.
    """
    there = models / folder.name
    if there.exists():
        for path in folder.iterdir():
            if path.name == CARD or not (there / path.name).exists():
                files.write(there / path.name, path.read_bytes())
    else:
        folder.replace(there)
    files.write(models / artifact.LATEST, f"{folder.name}\n".encode())
