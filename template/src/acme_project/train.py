"""Train every rung of the ladder above the rule."""

import click

from . import candidates
from .contract import Contract
from .crossfit import fit
from .paths import Paths
from .rows import load


@click.command("train")
def command() -> None:
    """Judge each rung out of fold, then fit it on all development rows."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    split = load(paths, contract)
    rungs = contract.training.ladder[1:]
    fitted = {str(rung): fit(rung, split, contract) for rung in rungs}
    candidates.keep("train", fitted, paths)
    click.echo(f"trained {', '.join(rungs) or 'nothing: the ladder ends with the rule'}")
