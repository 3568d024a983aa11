"""Choose the rung that ships: the highest that nothing simpler can match."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click

from . import evidence, files
from .contract import Contract
from .paths import Paths


@dataclass(frozen=True)
class Step:
    """One comparison of a rung with something simpler."""

    rung: str
    against: str
    uplift: float
    low: float
    high: float
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """The rung that ships, or None, and every comparison that led there."""

    champion: str | None
    steps: tuple[Step, ...]


@click.command("gate")
def command() -> None:
    """Climb the ladder; exit 1 when no rung is worth shipping."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    evaluation = files.read_json(paths.report("evaluate"), "evaluate")
    uplifts = {
        str(rung): evaluation["policies"][rung]["net_uplift"] for rung in contract.training.ladder
    }
    verdict = climb(uplifts, contract.uplift.required)
    evidence.keep("gate", asdict(verdict), paths)
    if verdict.champion is None:
        click.echo("nothing ships: no rung is beyond doubt better than everything simpler")
        raise click.exceptions.Exit(1)
    click.echo(f"{verdict.champion} ships")


def climb(uplifts: Mapping[str, Mapping[str, Any]], required: float) -> Verdict:
    """Compare each rung, simplest first, with all that is simpler.

    A rung passes when the lower end of the interval of its uplift, after cost, lies above
    *required* against every simpler policy. The highest that passes is the champion.
    """
    champion, steps = None, []
    for rung, simpler in uplifts.items():
        mine = [
            Step(rung, name, each["mean"], each["low"], each["high"], each["low"] > required)
            for name, each in simpler.items()
        ]
        steps += mine
        if all(step.passed for step in mine):
            champion = rung
    return Verdict(champion, tuple(steps))
