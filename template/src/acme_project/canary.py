"""Try a version on a share of the traffic, or unheard, before it answers everybody."""

import click

from . import artifact, releases
from .comparison import Look, look
from .contract import Contract
from .errors import Stop
from .outcomes import Outcomes
from .paths import Paths
from .releases import Canary
from .sections import Canary as Rule

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
        raise Stop("nothing has been packaged yet", fix="run `acme-project run` first")
    part = None if shadow else share or rule(Contract.load(paths.contract)).share
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
    found = releases.read(paths.models)
    click.echo(f"champion {found.champion}, shadow {found.shadow or 'none'}")
    if found.canary is None:
        click.echo("no canary")
    else:
        contract = Contract.load(paths.contract)
        click.echo(described(found.canary, seen(found, paths, contract, address), contract))


@command.command("decide")
@database
def decide(address: str) -> None:
    """Promote the canary, end it, or wait, as the rule says; exit 1 when it is ended."""
    paths = Paths.here()
    contract, found = Contract.load(paths.contract), releases.read(paths.models)
    if found.canary is None:
        raise Stop("there is no canary", fix="start one: acme-project canary start")
    looked = seen(found, paths, contract, address)
    why = described(found.canary, looked, contract)
    click.echo(why)
    match looked.verdict(rule(contract)):
        case "promote":
            releases.promote(paths.models, found.canary.version, why, found.canary)
            click.echo(f"{found.canary.version} is promoted: it answers from now on")
        case "stop":
            releases.stop(paths.models, why, found.canary)
            click.echo(f"{found.canary.version} is rolled back: it is worse beyond doubt")
            raise click.exceptions.Exit(1)
        case "wait":
            click.echo("undecided: it stays until more rows have turned out")


@command.command("stop")
@click.option("--why", default="", help="A sentence for the history.")
def stop(why: str) -> None:
    """End canary and shadow, whatever they are worth."""
    change = releases.stop(Paths.here().models, why)
    click.echo(f"{change.version} has ended; {change.former} answers everything")


def rule(contract: Contract) -> Rule:
    """The rule by which a canary is judged."""
    if contract.canary is None:
        raise Stop("contract.toml has no [canary]", fix="add it: share, rows and worse")
    return contract.canary


def seen(found: releases.Releases, paths: Paths, contract: Contract, address: str) -> Look:
    """What outcomes tell about the canary so far."""
    if found.canary is None or found.champion is None:
        raise Stop("there is no canary, or no champion", fix="acme-project canary status")
    champion, canary = (
        artifact.load(paths.models, version) for version in (found.champion, found.canary.version)
    )
    outcomes = Outcomes(address)
    try:
        answers = outcomes.captured(since=found.canary.since)
    finally:
        outcomes.close()
    return look(answers, champion, canary, contract, rule(contract))


def described(canary: Canary, looked: Look, contract: Contract) -> str:
    """What a look tells, on one line."""
    counted = f"{looked.rows} of {looked.needed} rows have turned out"
    start = f"{canary.version}, share {canary.share:g}: {counted}"
    if looked.difference is None:
        return start
    worth = looked.difference
    unit = contract.objective.unit
    return f"{start}; worth {worth.mean:+.2f} [{worth.low:+.2f}, {worth.high:+.2f}] {unit} a row"
