"""Check the prepared table against the contract, cell by cell and across rows."""

import click
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from . import evidence, files, table
from .contract import Contract
from .errors import Stop
from .leaks import suspects
from .paths import Paths
from .sections import Feature, Number

LEAK = 0.999


@click.command("validate")
def command() -> None:
    """Stop when the prepared table is not what the contract expects."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    if not paths.table.exists():
        raise files.not_made(paths.table, "data")
    frame = table.typed(table.read_text(paths.table), contract, paths.table)
    checked = check(frame, contract)
    odd = suspects(frame, contract)
    evidence.keep("validate", {"checks": checked, "suspects": odd}, paths)
    for each in odd:
        click.echo(f"`{each['feature']}` alone foretells the label; is it known before?", err=True)
    click.echo(f"{len(frame)} rows are as contract.toml expects: {len(checked)} checks passed")


def check(frame: pd.DataFrame, contract: Contract) -> dict[str, str]:
    """What was checked, in words, by subject.

    Raises:
        Stop: a check fails; the first failing column and its fix are named.
    """
    try:
        schema(contract).validate(frame, lazy=True)
    except SchemaErrors as failure:
        raise failed(failure.failure_cases) from None
    unique_key(frame, contract)
    no_leak(frame, contract)
    return {
        **{name: expectation(kind) for name, kind in contract.features.items()},
        "key": f"{', '.join(contract.data.key) or 'none'}: no row twice",
        "leak": f"no feature repeats {contract.label.column}",
    }


def schema(contract: Contract) -> pa.DataFrameSchema:
    """The contract's features as a pandera schema."""
    return pa.DataFrameSchema({name: column(kind) for name, kind in contract.features.items()})


def column(kind: Feature) -> pa.Column:
    """What every cell of a feature must be."""
    if isinstance(kind, Number):
        within = pa.Check.in_range(kind.low, kind.high)
        return pa.Column("float64", within, nullable=not kind.required)
    levels = [*kind.levels, *([] if kind.required else [""])]
    return pa.Column(checks=pa.Check.isin(levels))


def expectation(kind: Feature) -> str:
    """What `column` checks, in words."""
    limits = (
        f"{kind.low:g} to {kind.high:g}" if isinstance(kind, Number) else " or ".join(kind.levels)
    )
    return limits if kind.required else f"{limits}, or missing"


def failed(cases: pd.DataFrame) -> Stop:
    """The error for the column that fails first, with an example and the count."""
    name = str(cases["column"].iloc[0])
    mine = cases[cases["column"] == name]
    example, row = mine["failure_case"].iloc[0], mine["index"].iloc[0]
    if pd.isna(example) or example == "":
        what = "is missing, though the contract requires it"
    else:
        what = f"holds `{example}`, which the contract does not expect"
    return Stop(
        f"column `{name}` {what} (row {row + 2}, {len(mine)} in all)",
        why="a model is only as good as what it is fed, and the service refuses the same values",
        fix=f"correct the source, or `{name}` under [features] in contract.toml",
    )


def unique_key(frame: pd.DataFrame, contract: Contract) -> None:
    """No row may stand in the table twice."""
    key = list(contract.data.key)
    if key and (twice := frame.duplicated(key)).any():
        raise Stop(
            f"{int(twice.sum())} rows repeat the key {', '.join(key)}",
            why="a row that is there twice ends up on both sides of a split",
            fix="remove the repeated rows, or correct `key` under [data] in contract.toml",
        )


def no_leak(frame: pd.DataFrame, contract: Contract) -> None:
    """No feature may be the outcome under another name."""
    outcome = pd.factorize(frame[contract.label.column])[0]
    if contract.label.above is not None:
        outcome = frame[contract.label.column].to_numpy()
    target = pd.Series(outcome, frame.index, dtype="float64")
    for name, kind in contract.features.items():
        codes = frame[name] if isinstance(kind, Number) else pd.factorize(frame[name])[0]
        likeness = pd.Series(codes, frame.index, dtype="float64").corr(target, method="spearman")
        if abs(likeness) > LEAK:
            raise Stop(
                f"column `{name}` is the outcome under another name (correlation {likeness:.4f})",
                why="it will not be known when the model has to decide",
                fix=f"remove `{name}` from [features] in contract.toml",
            )
