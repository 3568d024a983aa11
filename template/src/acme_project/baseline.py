"""Measure the rule that the model has to beat."""

import click

from . import candidates
from .contract import Contract
from .crossfit import fit
from .paths import Paths
from .rows import load


@click.command("baseline")
def command() -> None:
    """Judge the rule of [baseline] out of fold, exactly as every later rung is judged."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    fitted = fit("rule", load(paths, contract), contract)
    candidates.keep("baseline", {"rule": fitted}, paths)
    click.echo(f"baseline: the rule on `{contract.baseline.column}` is measured")
