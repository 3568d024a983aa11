"""Go back to what answered before: in seconds, and without a lost request."""

import click

from . import releases
from .paths import Paths
from .storage import in_step


@click.command("rollback")
@click.option("--why", default="", help="A sentence for the history.")
def command(why: str) -> None:
    """Undo the newest change: end the canary if one runs, else return to the former champion."""
    models = Paths.here().models
    with in_step(models):
        change = releases.rollback(models, why)
    if change.event == "stop":
        click.echo(f"{change.version} is no canary any more; {change.former} answers everything")
    else:
        click.echo(f"{change.version} answers again, in the place of {change.former}")
