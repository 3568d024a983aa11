"""Let a packaged version answer, in the place of the one that does."""

import click

from . import artifact, releases
from .errors import Stop
from .paths import Paths
from .storage import in_step


@click.command("promote")
@click.argument("version", required=False)
@click.option("--why", default="", help="A sentence for the history.")
def command(version: str | None, why: str) -> None:
    """Make VERSION the champion, once it is verified; without VERSION, what was packaged last."""
    models = Paths.here().models
    version = version or artifact.latest(models)
    if version is None:
        raise Stop("nothing has been packaged yet", fix="run the pipeline first")
    with in_step(models, version):
        change = releases.promote(models, version, why)
    former = f", in the place of {change.former}" if change.former not in (None, version) else ""
    click.echo(f"{version} answers from now on{former}")
    if former:
        click.echo("undo: acme-project rollback", err=True)
