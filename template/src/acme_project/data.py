"""Prepare the table, or take over your own with --from."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from . import datasheet, evidence, files, pseudonyms, table
from .contract import Contract
from .own import Own, adopt
from .paths import Paths
from .rows import Split, split


@click.command("data")
@click.option("--from", "file", type=click.Path(path_type=Path), help="Take over this CSV file.")
@click.option("--label", metavar="COLUMN", help="With --from: the column to predict.")
@click.option("--positive", metavar="VALUE", help="With --from: the label's value that counts.")
@click.option("--group", metavar="COLUMN", help="With --from: rows of a group stay together.")
def command(file: Path | None, label: str | None, positive: str | None, group: str | None) -> None:
    """Read the source that contract.toml names, and prepare it for the other stages."""
    paths = Paths.here()
    if file is not None:
        if label is None:
            raise click.UsageError("--from needs --label: the column to predict")
        take_over(Own(file, label, positive, group), paths)
    elif label or positive or group:
        raise click.UsageError("--label, --positive and --group belong to --from")
    prepare(paths)


def take_over(own: Own, paths: Paths) -> None:
    """Rewrite the contract for a table of the team's own, or change nothing at all."""
    taken = adopt(own, paths.contract.read_text("utf-8"))
    files.write(paths.root / taken.source, own.file.read_bytes())
    files.write(paths.contract, taken.contract.encode())
    for note in taken.notes:
        click.echo(note, err=True)
    click.echo("contract.toml describes your table; see docs/your-data.md", err=True)


def prepare(paths: Paths) -> None:
    """Write the table that all other stages read, ids as pseudonyms, and what it is."""
    contract = Contract.load(paths.contract)
    source = paths.root / contract.data.source
    named = table.typed(table.read_text(source), contract, source)
    facts = described(split(named, contract), source, contract) | {"columns": [*named]}
    frame = pseudonyms.replaced(named, contract, pseudonyms.secret(paths.pseudonym_key))
    files.write(paths.table, frame.to_csv(index=False, lineterminator="\n").encode())
    evidence.keep("data", facts, paths)
    datasheet.keep(paths.root, facts)
    click.echo(f"{facts['rows']} rows of {contract.data.name} are ready in {paths.table.name}")


def described(parts: Split, source: Path, contract: Contract) -> dict[str, Any]:
    """What the table is, for reports and the model's manifest."""
    held = parts.held_back
    return {
        "name": contract.data.name,
        "kind": contract.data.kind,
        "source": contract.data.source,
        "sha256": files.sha256(source.read_bytes()),
        "rows": len(parts.development),
        "rows_held_back": len(held) if held else 0,
        "positive_share": round(float(parts.development.label.mean()), 4),
        "groups": int(parts.development.cluster.max()) + 1,
        "slices": {name: counts(parts.development.table[name]) for name in contract.data.slices},
    }


def counts(column: pd.Series) -> dict[str, int]:
    """How many rows each value has; "" where it is missing."""
    return {str(value): int(count) for value, count in column.value_counts().items()}
