"""Rehearse what nobody should do for the first time in need: a promotion, and the way back."""

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from . import artifact, evidence, files, releases, served
from .artifact import Model
from .cli import source_of
from .contract import Contract
from .errors import Stop
from .parity import alone
from .paths import Paths
from .rows import load
from .signature import Row

MOST_ROWS = 200
# No probability reaches it.
NEVER = 2.0


@dataclass(frozen=True)
class Scene:
    """A folder to rehearse in: *champion* runs, the other versions of it wait beside it.

    *worse* never acts, *alike* does what the champion does, *broken* was altered after packaging.
    On the *rows* the champion acts, and is right to: *outcomes* tell how they turned out.
    """

    folder: Path
    champion: str
    worse: str
    alike: str
    broken: str
    rows: Sequence[Row]
    outcomes: list[dict[str, float | str]]

    @property
    def models(self) -> Path:
        return self.folder / "models"


@click.command("rehearsal")
def command() -> None:
    """Promote, roll back and refuse, under load where there is a service; exit 1 on a fault."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    model = artifact.load(paths.models, artifact.latest(paths.models))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        scene = prepared(Path(name), model, paths, contract)
        report = rehearsed(scene, contract)
    report |= {"version": scene.champion, "seconds": round(time.perf_counter() - started, 2)}
    evidence.keep("rehearsal", report, paths)
    if faults := [fault for each in report["faults"].values() for fault in each]:
        click.echo("; ".join(faults), err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"rolled back within {report['rollback_s']:g} s; {report['failed']} requests lost")


def prepared(folder: Path, model: Model, paths: Paths, contract: Contract) -> Scene:
    """Lay out the versions, and choose rows on which acting is right."""
    alone(model, paths.models, folder)
    version, models = model.manifest.version, folder / "models"
    worse, alike, broken = (f"{version}-{name}" for name in ("worse", "alike", "broken"))
    never: dict[str, Any] = {"threshold": NEVER, "groups": None}
    if model.manifest.groups:
        columns = model.manifest.groups.model_dump(mode="json")["columns"]
        never["groups"] = {"columns": columns, "thresholds": {}}
    issue(models, version, worse, never)
    issue(models, version, alike, {})
    issue(models, version, broken, {"files": {artifact.GRAPH: files.sha256(b"another")}})
    rows = load(paths, contract).development
    sent = rows.records(model.manifest.group_columns)
    acted = [each.decision for each in model.predict(sent)]
    right = [place for place, act in enumerate(acted) if act and rows.gain[place] > 0][:MOST_ROWS]
    if not right:
        raise Stop("the model acts on no row where that is right", fix="see `evaluate`")
    names = {contract.label.column}
    names |= {contract.value.column} if contract.value.kind == "column" else set()
    outcomes = rows.table.iloc[right][sorted(names)].to_dict("records")
    chosen = [sent[place] for place in right]
    return Scene(folder, version, worse, alike, broken, chosen, outcomes)


def issue(models: Path, version: str, name: str, changed: dict[str, Any]) -> None:
    """Package *version* again as another one, with a changed manifest."""
    shutil.copytree(models / version, models / name)
    manifest = files.read_json(models / version / artifact.MANIFEST, "package")
    text = json.dumps(manifest | {"version": name} | changed, ensure_ascii=False)
    files.write(models / name / artifact.MANIFEST, text.encode())


def rehearsed(scene: Scene, contract: Contract) -> dict[str, Any]:
    """What the rehearsal showed: by way of the service, or of `score` where there is none."""
    if source_of("serve"):
        return import_module(".serving.drill", __package__).drilled(scene, contract)
    faults: dict[str, list[str]] = {"rollback": [], "canary": [], "newcomer": refused(scene)}
    releases.promote(scene.models, scene.worse, "rehearsal")
    if any(decided(scene)):
        faults["rollback"].append("`score` does not use what was promoted")
    started = time.perf_counter()
    releases.rollback(scene.models, "rehearsal")
    if not all(decided(scene)):
        faults["rollback"].append("`score` does not use what was rolled back to")
    took = round(time.perf_counter() - started, 3)
    return {"rollback_s": took, "requests": 0, "failed": 0, "canary": None, "faults": faults}


def decided(scene: Scene) -> list[bool]:
    """What `score` says now."""
    return [decision for _, decision in served.by_file(scene.folder, scene.rows)]


def refused(scene: Scene) -> list[str]:
    """What is wrong with the refusal of an altered model; nothing when it is refused."""
    try:
        releases.promote(scene.models, scene.broken, "rehearsal")
    except Stop:
        return []
    return ["a model that was altered since it was packaged is promoted"]
