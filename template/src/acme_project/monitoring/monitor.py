"""Look at what the model in use is asked and what came of it; exit 1 on an alert."""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from .. import files, footprint
from ..alerts import RUNBOOK
from ..contract import Contract
from ..errors import Stop
from ..outcomes import Outcomes
from ..pages import environment
from ..paths import Paths
from .exposition import Exposition
from .look import Release, Traffic, look
from .scrape import Asked, asked
from .significance import FEWEST


@click.command("monitor")
@click.option("--outcomes", default="", metavar="URL", help="The database; else OUTCOMES_URL.")
@click.option("--service", metavar="URL", help="Look at what a running service has counted, too.")
@click.option("--every", type=click.IntRange(1), metavar="SECONDS", help="Look again and again.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --every: listen here.")
@click.option("--port", type=click.IntRange(0, 65535), help="With --every: show metrics here.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(**options: Any) -> None:
    """Judge the latest traffic of the model in use; write reports/monitor.{json,html,prom}.

    Exit 1 when an alert is raised.
    """
    if options["port"] is not None and not options["every"]:
        raise click.UsageError("--port belongs to --every")
    watch = Watch(Paths.here(), options["outcomes"], options["service"])
    if options["every"]:
        watch.keep_looking(options["every"], options["host"], options["port"])
    report = watch.look()
    watch.keep(report)
    click.echo(json.dumps(report, indent=2) if options["as_json"] else told(report))
    if any(each["raised"] for each in report["alerts"]):
        raise click.exceptions.Exit(1)


@dataclass
class Watch:
    """Whoever looks: the project, the database's *address*, and the service's, if it is asked.

    What the service has counted before the last look, and what a version took to run, is kept.
    """

    paths: Paths
    address: str
    service: str | None
    exposition: Exposition = field(default_factory=Exposition)
    before: Asked = field(default_factory=Asked)
    grown: dict[str, list[str]] = field(default_factory=dict)

    def look(self) -> dict[str, Any]:
        """Read everything anew and judge it.

        Raises:
            Stop: contract, model, database or service cannot be read.
        """
        contract = Contract.load(self.paths.contract)
        release = Release.load(self.paths.models)
        version = release.model.manifest.version
        counted = self.counted(contract)
        try:
            outcomes = Outcomes(self.address)
            traffic = Traffic.of(outcomes, version, contract.monitoring.window, counted)
            outcomes.close()
        except SQLAlchemyError as error:
            why = str(error).splitlines()[0]
            raise Stop("the outcomes' database does not answer", why=why) from error
        if version not in self.grown:
            self.grown[version] = grown(self.paths, version)
        report = look(release, traffic, contract, datetime.now(UTC), self.grown[version])
        return {"kind": "live", "data": release.model.manifest.data.warning} | report

    def counted(self, contract: Contract) -> Asked:
        """What the service has counted since the last look."""
        if self.service is None:
            return Asked()
        now = asked(self.service, contract.service.p99_ms)
        new, self.before = now.since(self.before), now
        return new

    def keep(self, report: dict[str, Any]) -> None:
        """Write the report for machines, for people, and for Prometheus."""
        self.exposition.show(report)
        reports, contract = self.paths.reports, Contract.load(self.paths.contract)
        files.write_json(reports / "monitor.json", report)
        files.write(reports / "monitor.html", page(contract, report).encode())
        files.write(reports / "monitor.prom", self.exposition.text())

    def keep_looking(self, seconds: int, host: str, port: int | None) -> None:
        """Look until interrupted; what stops one look is said, and the next one tries again."""
        if port is not None:
            taken = self.exposition.serve(host, port)
            click.echo(f"metrics are at http://{host}:{taken}/metrics; Ctrl-C stops it", err=True)
        while True:
            try:
                report = self.look()
                self.keep(report)
                click.echo(told(report).partition("\n")[0], err=True)
            except Stop as stop:
                click.echo(str(stop), err=True)
            time.sleep(seconds)


def grown(paths: Paths, version: str) -> list[str]:
    """What a release takes more here and now than on the day it was packaged."""
    record = footprint.recorded(paths.models, version)
    return footprint.grown(footprint.measured(paths.models, version), record) if record else []


def page(contract: Contract, report: dict[str, Any]) -> str:
    """The report for people, one file that needs no other."""
    template = environment(markdown=False).get_template("monitor.html")
    return template.render(contract=contract, report=report)


def told(report: dict[str, Any], shown: str = "reports/monitor.html") -> str:
    """The answer first, a line for each alert, the next command last."""
    alerts = [each for each in report["alerts"] if each["raised"]]
    looked = f"{report['model']}, {report['rows']} rows, {report['outcomes']} outcomes"
    answer = "nothing is wrong" if report["rows"] >= FEWEST else "too few rows to judge"
    answer = f"{len(alerts)} alert{'s'[: len(alerts) > 1]}" if alerts else answer
    lines = [f"{answer}: {looked}, {report['kind']}", *filter(None, [report["data"]])]
    for each in alerts:
        lines += [f"{each['id']}: {each['title']}; {'; '.join(each['findings'])}"]
        lines += [f"  for {each['owner']}; {RUNBOOK}#{each['runbook']}"]
    return "\n".join([*lines, f"page: {shown}"])
