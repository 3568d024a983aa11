"""Train every rung of the ladder above the rule."""

import click
from skops import io as skops

from . import files
from .contract import Contract, Rung
from .crossfit import Fitted, fit
from .paths import Paths
from .rows import load


@click.command("train")
def command() -> None:
    """Judge each rung out of fold, then fit it on all development rows."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    split = load(paths, contract)
    seconds: dict[str, float] = {}
    for rung in contract.training.ladder[1:]:
        click.echo(f"training {rung} on {len(split.development)} rows", err=True)
        fitted = fit(rung, split, contract)
        keep(rung, fitted, paths)
        seconds[rung] = round(fitted.seconds, 3)
    files.write_json(paths.report("training"), {"seconds": seconds})
    click.echo(f"trained {', '.join(seconds)}")


def keep(rung: Rung, fitted: Fitted, paths: Paths) -> None:
    """Write what later stages need of a rung."""
    fitted.predictions.save(paths.predictions(rung))
    files.write(paths.candidate(rung), skops.dumps(fitted.pipeline))
