"""Prove that whoever is asked answers the same: over HTTP, from file to file, and here."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import click

from . import artifact, evidence, served, table
from .artifact import Model
from .cli import source_of
from .contract import Contract
from .errors import Stop
from .files import not_made
from .paths import Paths
from .served import Answer
from .signature import Row

# Enough to meet every kind of row, few enough to stay within seconds.
MOST_ROWS = 20_000
SINGLES = 200


@click.command("parity")
def command() -> None:
    """Ask the artifact and all that serves it about the same rows; exit 1 when they differ."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    model = artifact.load(paths.models, artifact.latest(paths.models))
    report = compared(model, paths.models, raw(model, paths, contract), contract)
    evidence.keep("parity", report, paths)
    if report["faults"]:
        click.echo("; ".join(report["faults"]), err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{report['rows']} rows: {' and '.join(report['served_by'])} answer to the bit")


def raw(model: Model, paths: Paths, contract: Contract) -> list[Row]:
    """What the model asks for as the table holds it, of rows spread evenly over all of it."""
    if not paths.table.exists():
        raise not_made(paths.table, "data")
    frame = table.typed(table.read_text(paths.table), contract, paths.table)
    frame = frame[[each.name for each in model.manifest.inputs]]
    frame = frame.iloc[:: -(-len(frame) // MOST_ROWS)]
    known = frame.notna() & (frame != "")
    return frame.astype(object).where(known, None).to_dict("records")


def compared(model: Model, models: Path, rows: Sequence[Row], contract: Contract) -> dict[str, Any]:
    """How many rows are answered in another way than the artifact does in this process."""
    started = time.perf_counter()
    expected = [astuple(each) for each in model.predict(rows)]
    faults, answers, p95 = partial(model, contract), {}, None
    with tempfile.TemporaryDirectory() as name:
        alone(model, models, Path(name))
        try:
            answers["score"] = served.by_file(Path(name), rows)
            if source_of("serve"):
                answers["serve"], p95 = over_http(Path(name), rows)
        except Stop as stop:
            faults.append(stop.what)
    different = {way: differing(expected, given) for way, given in answers.items()}
    faults += [f"`{way}` answers {n} rows differently" for way, n in different.items() if n]
    return {
        "version": model.manifest.version,
        "rows": len(rows),
        "different": max(different.values(), default=len(rows)),
        "served_by": list(answers),
        "seconds": round(time.perf_counter() - started, 2),
        "p95_ms": p95,
        "faults": faults,
    }


def partial(model: Model, contract: Contract) -> list[str]:
    """What tells that the artifact is not the whole pipeline: it asks for no raw row."""
    wanted = {each.name for each in model.session.get_inputs()}
    wanted |= {each.name for each in model.manifest.features}
    odd = sorted(wanted ^ set(contract.features))
    return [f"the artifact is not the whole pipeline: {', '.join(odd)}"] if odd else []


def alone(model: Model, models: Path, folder: Path) -> None:
    """Give *folder* what the manifest vouches for, and nothing else that a project has."""
    version = model.manifest.version
    target = folder / "models" / version
    target.mkdir(parents=True)
    for name in (artifact.MANIFEST, *model.manifest.files):
        shutil.copy(models / version / name, target / name)
    (folder / "models" / artifact.CURRENT).write_text(f"{version}\n", "utf-8")


def over_http(folder: Path, rows: Sequence[Row]) -> tuple[list[Answer], float]:
    """What the service says about *rows*, and the 95th percentile of one prediction in ms."""
    with served.service(folder) as connection:
        answers = served.over_http(connection, rows)
        times = []
        for row in (rows[place % len(rows)] for place in range(SINGLES)):
            started = time.perf_counter()
            served.asked(connection, [row])
            times.append(time.perf_counter() - started)
    return answers, round(statistics.quantiles(times, n=20)[-1] * 1000, 3)


def differing(expected: Sequence[tuple[Any, ...]], given: Sequence[Answer]) -> int:
    """How many answers are not equal, bit for bit."""
    return sum(mine != other for mine, other in zip(expected, given, strict=True))
