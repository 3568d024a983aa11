"""Try a version on a share of the traffic, or unheard, before it answers everybody."""

from contextlib import closing
from pathlib import Path

import click

from . import artifact, releases
from .comparison import Look, Verdict, look
from .contract import Contract
from .errors import Stop
from .outcomes import Outcomes
from .paths import Paths
from .releases import Canary
from .sections import Canary as Rule
from .storage import in_step

CONSEQUENCES: dict[Verdict, str] = {
    "promote": "promoted: it answers everything from now on",
    "stop": "rolled back: it is worse beyond doubt",
    "wait": "undecided: it stays until more rows have turned out",
}

database = click.option("--outcomes", "address", default="", help="Instead of OUTCOMES_URL.")


@click.group("canary")
def command() -> None:
    """Start a canary, look at it, and let the rule of contract.toml decide."""


@command.command("start")
@click.argument("version", required=False)
@click.option("--share", type=click.FloatRange(0, 1, min_open=True, max_open=True))
@click.option("--shadow", is_flag=True, help="Compute answers that nobody hears.")
@click.option("--why", default="", help="A sentence for the history.")
def start(version: str | None, share: float | None, shadow: bool, why: str) -> None:  # noqa: FBT001
    """Let VERSION answer a share of the traffic; without VERSION, what was packaged last."""
    paths = Paths.here()
    version = version or artifact.latest(paths.models)
    if version is None:
        raise Stop("nothing has been packaged yet", fix="run the pipeline first")
    part = None if shadow else share or rule(Contract.load(paths.contract)).share
    with in_step(paths.models, version):
        change = releases.start(paths.models, version, part, why)
    said = "computes along, unheard" if part is None else f"answers {part:.0%} of the traffic"
    click.echo(f"{version} {said}; {change.former} answers the rest")
    if part is not None:
        click.echo("next: acme-project canary decide", err=True)


@command.command("status")
@database
def status(address: str) -> None:
    """Say which versions are in use, and how the canary does."""
    paths = Paths.here()
    contract, found = Contract.load(paths.contract), releases.read(paths.models)
    click.echo(f"champion {found.champion}, shadow {found.shadow or 'none'}")
    if found.canary is None:
        click.echo("no canary")
        return
    with closing(Outcomes(address)) as outcomes:
        looked = seen(paths.models, outcomes, contract, rule(contract))
    click.echo(described(found.canary, looked, contract.objective.unit))


@command.command("decide")
@database
def decide(address: str) -> None:
    """Promote the canary, end it, or wait, as the rule says; exit 1 when it is ended."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    with closing(Outcomes(address)) as outcomes, in_step(paths.models):
        verdict, why = settle(paths.models, outcomes, contract, rule(contract))
    click.echo(f"{why}\n{CONSEQUENCES[verdict]}")
    if verdict == "stop":
        raise click.exceptions.Exit(1)


@command.command("stop")
@click.option("--why", default="", help="A sentence for the history.")
def stop(why: str) -> None:
    """End canary and shadow, whatever they are worth."""
    models = Paths.here().models
    with in_step(models):
        change = releases.stop(models, why)
    click.echo(f"{change.version} has ended; {change.former} answers everything")


def rule(contract: Contract) -> Rule:
    """The rule by which a canary is judged."""
    if contract.canary is None:
        raise Stop("contract.toml has no [canary]", fix="add it: share, rows and worse")
    return contract.canary


def settle(models: Path, outcomes: Outcomes, contract: Contract, by: Rule) -> tuple[Verdict, str]:
    """Do with the canary what the rule says; the verdict, and the sentence that tells why."""
    canary = running(releases.read(models))
    looked = seen(models, outcomes, contract, by)
    verdict, why = looked.verdict(by), described(canary, looked, contract.objective.unit)
    if verdict == "promote":
        releases.promote(models, canary.version, why, canary)
    elif verdict == "stop":
        releases.stop(models, why, canary)
    return verdict, why


def seen(models: Path, outcomes: Outcomes, contract: Contract, by: Rule) -> Look:
    """What outcomes tell about the canary so far."""
    found = releases.read(models)
    canary = running(found)
    answers = outcomes.captured(since=canary.since)
    pair = artifact.load(models, found.champion), artifact.load(models, canary.version)
    return look(answers, pair, contract, by)


def running(found: releases.Releases) -> Canary:
    """The canary that runs.

    Raises:
        Stop: none does.
    """
    if found.canary is None:
        raise Stop("there is no canary", fix="start one: `canary start`")
    return found.canary


def described(canary: Canary, looked: Look, unit: str) -> str:
    """What a look tells, on one line."""
    counted = f"{looked.rows} rows have turned out"
    said = f"{canary.version} answers {canary.share:.0%}; {counted}, judged at {looked.needed}"
    if looked.difference is None:
        return said
    worth = looked.difference
    return (
        f"{said}; worth {worth.mean:+.2f} [{worth.low:+.2f}, {worth.high:+.2f}] {unit} a row more"
    )
