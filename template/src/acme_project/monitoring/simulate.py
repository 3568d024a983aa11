"""Replay the project's own rows as live traffic, with outcomes that come later, and with faults."""

from contextlib import closing
from typing import Any

import click

from .. import files
from ..contract import Contract
from ..paths import Paths
from ..rows import load
from .callers import OverHttp, played
from .detection import Trials, looks
from .look import Release
from .monitor import page, told
from .replay import KINDS, Replay, Source
from .table import write

EVERY = 500


@click.command("simulate")
@click.option("--fault", type=click.Choice(KINDS), help="What goes wrong; else nothing does.")
@click.option("--rows", type=click.IntRange(EVERY), default=4000, show_default=True)
@click.option("--at", type=click.IntRange(0), help="Rows before the fault; else half of them.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--url", metavar="URL", help="Ask the service there, which writes it all down.")
@click.option("--table", type=click.IntRange(1), metavar="SEEDS", help="Try every fault so often.")
def command(**options: Any) -> None:
    """Send rows, tell outcomes later, and look at them every 500 rows as `monitor` does.

    Without --url nothing is kept but reports/simulation.{json,html}; exit 1 when the last look
    raises an alert. With --table, the table of docs/monitoring.md is measured anew.
    """
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    if options["table"]:
        write(Trials.of(paths, contract), options["table"], paths.root / "docs/monitoring.md")
        return
    release = Release.load(paths.models)
    source = Source.of(load(paths, contract), release.model.manifest)
    count, at = options["rows"], options["at"]
    before = count // 2 if at is None else min(at, count)
    replay = source.replay(contract, options["fault"], (before, count - before), options["seed"])
    if options["url"]:
        over_http(replay, options["url"])
        return
    report = watched(release, replay, contract) | {"fault": options["fault"], "from_row": before}
    files.write_json(paths.report("simulation"), report)
    files.write(paths.reports / "simulation.html", page(contract, report).encode())
    click.echo(told(report, "reports/simulation.html"))
    if any(each["raised"] for each in report["alerts"]):
        raise click.exceptions.Exit(1)


def watched(release: Release, replay: Replay, contract: Contract) -> dict[str, Any]:
    """The last look, after a line for each."""
    report: dict[str, Any] = {}
    for sent, report in looks(release, replay, EVERY, contract):
        raised = [each["id"] for each in report["alerts"] if each["raised"]]
        click.echo(f"{sent:6} rows: {', '.join(raised) or 'nothing is wrong'}", err=True)
    return {"kind": "simulated", "data": release.model.manifest.data.warning} | report


def over_http(replay: Replay, url: str) -> None:
    """Ask a running service; what it thinks of it, `monitor` says."""
    click.echo(f"{url} takes these rows for real ones: it needs a database of its own", err=True)
    with closing(OverHttp(url)) as caller:
        for sent in played(replay, caller):
            if sent % EVERY == 0:
                click.echo(f"{sent:6} rows", err=True)
    click.echo(f"{len(replay.sent)} rows are sent")
    click.echo(f"next: acme-project monitor --service {url}", err=True)
