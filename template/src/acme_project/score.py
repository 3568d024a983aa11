"""Score a CSV file of any size."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from . import records
from .artifact import Model, load
from .errors import Stop
from .records import Record
from .signature import Category, Number, Row

# Few enough to keep memory flat, many enough to keep the model busy.
CHUNK_ROWS = 1_024

RESULTS = ("probability", "decision", "model")


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--models",
    default=Path("models"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of packaged models.",
)
def command(source: str, target: str, models: Path) -> None:
    """Score the rows of IN, a CSV file, into OUT.

    Either may end in .gz, or be `-` for standard input or output. OUT has IN's columns that are
    no features, then probability, decision and model. One bad row, and nothing is written.
    """
    model = load(models)
    with records.writing(target) as out:
        count = score(model, source, out)
    click.echo(f"{count} rows scored by {model.manifest.version}", err=True)
    if model.manifest.data.warning:
        click.echo(model.manifest.data.warning, err=True)


def score(model: Model, source: str, out: TextIO) -> int:
    """Write the scores of *source* to *out*; return the number of rows.

    Memory does not grow with the file. Raises `Stop` naming file, line and column of a bad cell.
    """
    file = records.read(source)
    layout = _layout(model, source, next(file, None))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*layout.keys, *RESULTS])
    keep = list(layout.keys.values())
    count = 0
    while chunk := list(islice(file, CHUNK_ROWS)):
        predictions = model.predict([_checked(model, source, layout, record) for record in chunk])
        for record, prediction in zip(chunk, predictions, strict=True):
            answer = (prediction.probability, str(prediction.decision).lower())
            writer.writerow([*(record.cells[i] for i in keep), *answer, model.manifest.version])
        count += len(chunk)
    return count


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a file has its columns: the place of each input, and of all that are no feature."""

    width: int
    inputs: list[tuple[int, Number | Category]]
    keys: dict[str, int]


def _layout(model: Model, source: str, header: Record | None) -> _Layout:
    """Find the columns; every feature must have one, or a misspelt name would pass as missing."""
    if header is None:
        raise Stop(f"{source} is empty", why="not even a header is there")
    names = header.cells
    features = {feature.name: feature for feature in model.manifest.features}
    missing = [name for name in features if name not in names]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    taken = [name for name in names if name in RESULTS and name not in features]
    for what, culprits in (("has no column", missing), ("repeats", repeated), ("uses", taken)):
        if culprits:
            raise Stop(
                f"{source}, line {header.line}: the header {what} {', '.join(culprits)}",
                why="each feature needs one column, and the results need free names",
                fix=f"features: {', '.join(features)}",
            )
    inputs = [feature for feature in model.manifest.inputs if feature.name in names]
    places = [(names.index(feature.name), feature) for feature in inputs]
    keys = {name: place for place, name in enumerate(names) if name not in features}
    return _Layout(len(names), places, keys)


def _checked(model: Model, source: str, layout: _Layout, record: Record) -> Row:
    """Return the record's features, typed, or name the column that is wrong."""
    if len(record.cells) != layout.width:
        raise Stop(
            f"{source}, line {record.line}: {len(record.cells)} cells instead of {layout.width}",
            fix="quote cells that hold a comma, and leave no line blank",
        )
    row = {feature.name: _value(feature, record.cells[place]) for place, feature in layout.inputs}
    for field, fault in model.check(row):
        raise Stop(
            f"{source}, line {record.line}, column {field}: {fault}",
            why="nothing was written: scores of half a file look like scores of all of it",
            fix="correct the cell, or leave the row out",
        )
    return row


def _value(feature: Number | Category, cell: str) -> float | str | None:
    """Read a cell; blank is missing, and what is no plain number stays text for the check."""
    if feature.kind == "category":
        return cell
    if not cell:
        return None
    try:
        return cell if "_" in cell else float(cell)
    except ValueError:
        return cell
