"""Prove that what the service hears becomes training data: nothing acknowledged is ever lost."""

import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import click

from . import artifact, evidence, files, served, table
from .artifact import Model
from .contract import Contract
from .errors import Stop
from .outcomes import Captured, Outcome, Outcomes, experience
from .parity import alone
from .paths import Paths
from .signature import Row

# Enough that a commit is always under way when the process is killed.
CALLERS = 4
BEFORE_THE_KILL = 100
DATABASE = "data/outcomes.db"


class Lived(NamedTuple):
    """A row, and how it turned out."""

    row: Row
    outcome: Outcome


@dataclass
class Acknowledged:
    """What callers were told: answers by id with what was asked, and the ids told about."""

    asked: dict[str, tuple[Lived, float]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


@click.command("capture")
def command() -> None:
    """Ask, tell how it turned out, kill the service, and look for all of it; exit 1 for a loss."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    version = files.read_json(paths.report("package"), "package")["version"]
    model = artifact.load(paths.models, version)
    report = rehearsed(model, paths.models, lived(model, paths, contract))
    evidence.keep("capture", report, paths)
    if report["faults"]:
        click.echo("; ".join(report["faults"]), err=True)
        raise click.exceptions.Exit(1)
    click.echo(
        f"{report['predictions']} answers and {report['outcomes']} outcomes outlived a kill, "
        "and are training data"
    )


def lived(model: Model, paths: Paths, contract: Contract) -> list[Lived]:
    """Rows of the table whose outcome is known, as callers send them."""
    if not paths.table.exists():
        raise files.not_made(paths.table, "data")
    frame = table.typed(table.read_text(paths.table), contract, paths.table)
    inputs = [each.name for each in model.manifest.inputs]
    outcome = [each.name for each in model.manifest.outcome]
    known = frame.notna() & (frame != "")
    sent = frame.astype(object).where(known, None)[known[outcome].all(axis="columns")]
    pairs = zip(sent[inputs].to_dict("records"), sent[outcome].to_dict("records"), strict=True)
    return [Lived(row, how) for row, how in pairs]


def rehearsed(model: Model, models: Path, rows: Sequence[Lived]) -> dict[str, Any]:
    """What was acknowledged up to a kill, and what of it is there; and there after a restart."""
    started = time.perf_counter()
    said, faults = Acknowledged(), list[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(model, models, folder)
        try:
            until_killed(folder, rows, said)
            faults += lost(said, kept(folder))
            afterwards(folder, said)
            faults += unlike(said, kept(folder))
        except Stop as stop:
            faults.append(stop.what)
    return {
        "version": model.manifest.version,
        "predictions": len(said.asked),
        "outcomes": len(said.told),
        "seconds": round(time.perf_counter() - started, 2),
        "faults": faults,
    }


def kept(folder: Path) -> list[Captured]:
    """All that the database of the service in *folder* holds."""
    database = Outcomes(f"sqlite:///{folder / DATABASE}")
    try:
        return database.captured()
    finally:
        database.close()


def until_killed(folder: Path, rows: Sequence[Lived], said: Acknowledged) -> None:
    """Let callers ask and tell at once, and kill the service while it writes."""
    with served.process(folder) as (process, port), ThreadPoolExecutor(CALLERS) as pool:
        parts = [itertools.cycle(rows[number::CALLERS]) for number in range(CALLERS)]
        calls = [pool.submit(call, port, part, said) for part in parts]
        try:
            while len(said.told) < BEFORE_THE_KILL and not any(each.done() for each in calls):
                time.sleep(0.001)
            failed = [each for each in calls if each.done()]
        finally:
            process.kill()
    for each in failed:
        each.result()


def call(port: int, rows: Iterator[Lived], said: Acknowledged) -> None:
    """Ask and tell, one row after the other, until the service is gone: then it raises Stop."""
    with served.connected(port) as connection:
        for each in rows:
            (answer,) = served.told(connection, "/predict", {"rows": [each.row]})["predictions"]
            if answer["id"] is None:
                raise Stop("answers are not captured: they have no id")
            said.asked[answer["id"]] = each, answer["probability"]
            outcomes = [{"id": answer["id"], **each.outcome}]
            served.told(connection, "/feedback", {"outcomes": outcomes})
            said.told.add(answer["id"])


def lost(said: Acknowledged, found: Sequence[Captured]) -> list[str]:
    """How much of what callers rely on is not there."""
    joined = {each.id: each.outcome is not None for each in found}
    counts = {
        "answers": sum(name not in joined for name in said.asked),
        "outcomes": sum(not joined.get(name) for name in said.told),
    }
    return [f"{count} acknowledged {what} are lost" for what, count in counts.items() if count]


def afterwards(folder: Path, said: Acknowledged) -> None:
    """Tell the service, started again, about every answer, twice; it keeps each outcome once."""
    outcomes = [{"id": name, **each.outcome} for name, (each, _) in said.asked.items()]
    with served.service(folder) as connection:
        served.told(connection, "/feedback", {"outcomes": outcomes})
        again = served.told(connection, "/feedback", {"outcomes": outcomes})
    said.told |= said.asked.keys()
    if again["new"]:
        raise Stop(f"{again['new']} outcomes are new each time that they are told")


def unlike(said: Acknowledged, found: Sequence[Captured]) -> list[str]:
    """Whether training would learn something else from what is kept than what was lived."""
    mine = [each for each in found if each.id in said.asked]
    lived_through = [said.asked[each.id] for each in mine]
    faults = []
    if experience(mine) != [{**each.row, **each.outcome} for each, _ in lived_through]:
        faults.append("training would learn from other rows than those that were lived through")
    if [each.probability for each in mine] != [answer for _, answer in lived_through]:
        faults.append("answers are kept in another form than they were given")
    return faults
