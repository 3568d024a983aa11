"""Walk the shortest path from a fresh clone to a first sensible prediction."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import tomlkit

from . import artifact, clone, evidence, served
from .cli import cli
from .contract import Contract
from .errors import Stop
from .files import read_json
from .paths import Paths

# The rule alone, on few folds: nothing that is learned stands between the data and an answer.
SHORTEST = {"ladder": ["rule"], "repeats": 1, "folds": 3}
STAGES = ("data", "validate", "baseline", "train", "evaluate", "gate", "package")
# Where a budget has long been passed, waiting tells no more.
MOST_SECONDS = 600


@click.command("smoke")
def command() -> None:
    """Walk the shortest path in a fresh clone; exit 1 when it does not lead to a prediction."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    report = walked(paths, contract)
    evidence.keep("smoke", report, paths)
    if report["faults"]:
        click.echo("; ".join(report["faults"]), err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"a first prediction after {report['seconds']:g} s: {report['prediction']}")


def walked(paths: Paths, contract: Contract) -> dict[str, Any]:
    """Seconds from the clone to the prediction, the prediction, and what went wrong."""
    started = time.perf_counter()
    prediction, faults = None, []
    with tempfile.TemporaryDirectory() as name:
        there = Paths(Path(name).resolve() / "clone")
        try:
            # A team's own table is not in git; whoever clones fetches it first.
            clone.make(paths.root, there.root, [contract.data.source])
            shorten(there.contract)
            served.run(["-m", f"{__package__}.smoke"], there.root, MOST_SECONDS)
            prediction = first(there)
            faults = senseless(prediction, there)
        except Stop as stop:
            faults = [stop.what]
    seconds = round(time.perf_counter() - started, 2)
    return {"seconds": seconds, "prediction": prediction, "faults": faults}


def shorten(contract: Path) -> None:
    """Rewrite the contract of the clone for the shortest path."""
    document = tomlkit.parse(contract.read_text("utf-8"))
    document["training"].update(SHORTEST)
    contract.write_text(tomlkit.dumps(document), "utf-8")


def first(there: Paths) -> dict[str, Any]:
    """What the artifact says about the manifest's example, in a process of its own."""
    manifest = artifact.load(there.models).manifest
    ((probability, decision),) = served.by_file(there.root, [manifest.example])
    return {
        "model": manifest.version,
        "probability": probability,
        "threshold": manifest.threshold_of(manifest.example),
        "decision": decision,
    }


def senseless(prediction: dict[str, Any], there: Paths) -> list[str]:
    """Why nobody should act on the prediction."""
    probability = prediction["probability"]
    faults = []
    if not 0 < probability < 1:
        faults.append(f"{probability:g} is no probability to act on")
    if prediction["decision"] != (probability >= prediction["threshold"]):
        faults.append("the decision does not follow from the threshold")
    rule = read_json(there.report("evaluate"), "evaluate")["policies"]["rule"]
    faults += [
        f"the rule is worth no more than acting on {blind}"
        for blind, uplift in rule["uplift"].items()
        if uplift["mean"] <= 0
    ]
    return faults


def walk() -> None:
    """Run the stages in this process, one after the other; the first that stops ends it."""
    for name in STAGES:
        try:
            code, why = cli.main([name], standalone_mode=False), "it says no"
        except Stop as stop:
            code, why = 2, stop.what
        except Exception as error:  # noqa: BLE001
            code, why = 1, repr(error)
        if code:
            sys.exit(f"`{name}` stopped: {why}")


if __name__ == "__main__":
    walk()
