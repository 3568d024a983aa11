"""Follow one row step by step: cells, checks, prepared columns, log-odds, decision."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import click
import numpy as np
from skops import io as skops

from . import artifact, candidates, files, rows, table
from .classification import log_odds, probability_of
from .contract import Contract
from .errors import Stop
from .paths import Paths

FIRST = 2


@dataclass(frozen=True)
class Followed:
    """One row on its way through the packaged model.

    *cells* are the features as text, *typed* as the service receives them, *refused* what its
    checks say, *prepared* what the model itself sees. *steps* add up to the log-odds, where the
    model is a sum. *probability* is what the steps, the trained pipeline and the artifact give.
    """

    version: str
    cells: dict[str, str]
    typed: dict[str, float | str | None]
    refused: list[str]
    prepared: dict[str, float]
    steps: dict[str, float]
    probability: dict[str, float]
    threshold: float
    decision: bool
    label: bool
    gain: float


@click.command("debug")
@click.argument("line", type=int, metavar="ROW")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(line: int, as_json: bool) -> None:  # noqa: FBT001
    """Show what becomes of ROW: its line in data/table.csv, where the header is line 1.

    Only features and the outcome are shown, never who it is.
    """
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    cells, one = found(line, paths, contract)
    followed = follow(cells, one, paths)
    click.echo(json.dumps(asdict(followed), indent=2) if as_json else told(followed, contract))


def found(line: int, paths: Paths, contract: Contract) -> tuple[dict[str, str], rows.Rows]:
    """The row on that line of the prepared table: its features as text, and typed."""
    if not paths.table.exists():
        raise files.not_made(paths.table, "data")
    text = table.read_text(paths.table)
    place = line - FIRST
    if not 0 <= place < len(text):
        last = len(text) + FIRST - 1
        fix = f"name a line from {FIRST} to {last}"
        raise Stop(f"{paths.table.name} has no row on line {line}", fix=fix)
    cells = {name: str(text[name].iloc[place]) for name in contract.features}
    everything = rows.rows(table.typed(text, contract, paths.table), contract)
    return cells, everything.take(np.array([place]))


def follow(cells: dict[str, str], one: rows.Rows, paths: Paths) -> Followed:
    """Take one row through every step of the packaged model."""
    model = artifact.load(paths.models, artifact.latest(paths.models))
    version = model.manifest.version
    content = (paths.models / version / "pipeline.skops").read_bytes()
    pipeline = skops.loads(content, trusted=candidates.TRUSTED)
    (record,) = one.records(model.manifest.group_columns)
    (prediction,) = model.predict([record])
    names = pipeline[:-1].get_feature_names_out()
    seen = pipeline[:-1].transform(one.inputs)
    steps = log_odds(pipeline[-1], seen, names)
    probability = {"steps": probability_of(sum(steps.values()))} if steps else {}
    probability |= {"training": float(pipeline.predict_proba(one.inputs)[0, 1])}
    return Followed(
        version=version,
        cells=cells,
        typed={name: record[name] for name in cells},
        refused=[f"{fault.field} {fault.problem}" for fault in model.check(record)],
        prepared=dict(zip(names, seen[0].tolist(), strict=True)),
        steps=steps,
        probability=probability | {"artifact": prediction.probability},
        threshold=model.manifest.threshold_of(record),
        decision=prediction.decision,
        label=bool(one.label[0]),
        gain=float(one.gain[0]),
    )


def told(row: Followed, contract: Contract) -> str:
    """The steps in words, one under the other."""
    word, unit = contract.label.decision, contract.objective.unit
    worth = row.gain if row.decision else 0.0
    cells = {name: f"{cell or '-'} -> {row.typed[name]}" for name, cell in row.cells.items()}
    turned = "positive" if row.label else "negative"
    return "\n".join(
        [
            f"{row.version} says: {word if row.decision else f'no {word}'}",
            *section("cell -> value", cells),
            *section("checks", dict.fromkeys(row.refused or ["nothing to refuse"], "")),
            *section("prepared", numbers(row.prepared)),
            *section("log-odds", numbers(row.steps)),
            *section("probability", numbers(row.probability)),
            *section(
                "decision",
                {
                    "threshold": f"{row.threshold:.6g}",
                    word: "yes" if row.decision else "no",
                    "outcome": f"{turned}, so this was worth {worth:.2f} {unit}",
                },
            ),
        ]
    )


def section(title: str, lines: Mapping[str, str]) -> Iterator[str]:
    """A title with its lines in two columns; nothing without lines."""
    width = max(map(len, lines), default=0)
    yield from ["", title] if lines else []
    yield from (f"  {name:{width}}  {text}".rstrip() for name, text in lines.items())


def numbers(values: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{value:.6g}" for name, value in values.items()}
