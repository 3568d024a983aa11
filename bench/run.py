"""Measure what we promise, print the tables and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sys
from collections.abc import Generator
from dataclasses import dataclass

import document
import machine
from document import MEGABYTE, Target
from generators import COPIER_VERSION, COPY, HELP, NEW, Race, races
from journey import SERVING, TRAINING, Journey, travel
from load import Load, load
from measure import Spread, ratios
from plans import FEW, MANY
from service import Service, Silent, serve
from workshop import ROOT, equip, equip_peer, opened


@dataclass(frozen=True)
class Findings:
    """Everything that was measured in one run."""

    races: list[Race]
    journey: Journey
    service: Service | Silent
    load: Load | Silent
    facts: dict[str, str]

    @property
    def failures(self) -> list[str]:
        """Name what did not work, with the reason."""
        found = {name: one.failure for race in self.races for name, one in race.series.items()}
        found |= {step.name: step.cost.failure for step in self.journey.steps}
        found |= {each.name: each.cost.failure for each in self.journey.environments}
        found["import of the serving app"] = self.journey.imported.failure
        found["service"] = "" if isinstance(self.service, Service) else self.service.failure
        found["load"] = "" if isinstance(self.load, Load) else self.load.failure
        return [f"{name}: {failure}" for name, failure in found.items() if failure]


def main() -> int:
    """Return 0 when every step worked, however long it took, and 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="runs of each short command")
    repeats = parser.parse_args().repeats
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that we clean up then, too
    findings = measured(repeats)
    page = "\n\n".join(paragraphs(findings, repeats)) + "\n"
    (ROOT / machine.DOCUMENT).write_text(page, "utf-8")
    print(page)
    for failure in findings.failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if findings.failures else 0


def measured(repeats: int) -> Findings:
    """Do everything in a workshop that is gone at the end."""
    busy = os.getloadavg()[0]
    with opened() as workshop:
        for name, equipment in (("our own tools", equip), ("the peer's", equip_peer)):
            say(f"install {name}")
            if failure := equipment(workshop).failure:
                say(f"  {failure}")
        say("generators, in turn")
        found = races(workshop, repeats)
        say("from nothing to a served model, some minutes")
        journey = travel(workshop, repeats)
        service = serve(journey.project)
        say("the service under load")
        pressed = load(journey.project)
        facts = {"Busy before we began": f"{busy:.1f} cores", **machine.facts(workshop)}
        return Findings(found, journey, service, pressed, facts)


def targets(findings: Findings) -> list[Target]:
    """Put each promise beside what was found."""
    series = {name: one for race in findings.races for name, one in race.series.items()}
    sizes = {e.name: e.size / MEGABYTE for e in findings.journey.environments if not e.cost.failure}
    imported = findings.journey.imported

    def share(ours: str, other: str) -> float | None:
        one, two = series[ours], series[other]
        return None if one.failure or two.failure else ratios(one, two).median

    def beyond(many: str, few: str) -> float | None:
        one, two = series[many], series[few]
        if one.failure or two.failure:
            return None
        return Spread.of(a.wall - b.wall for a, b in zip(one.costs, two.costs, strict=True)).median

    app = None if imported.failure else Spread.of(cost.wall for cost in imported.costs).median
    ceiling = 1 / findings.load.share.median if isinstance(findings.load, Load) else None
    return [
        Target(f"{HELP} against {COPIER_VERSION}", 0.25, "x", share(HELP, COPIER_VERSION)),
        Target(f"{NEW} against {COPY}", 1, "x", share(NEW, COPY)),
        Target("the same, what we aim at", 0.5, "x", share(NEW, COPY)),
        Target("a plan of 1,000 milestones, beyond one of ten", 1, " s", beyond(MANY, FEW)),
        Target("from the data to the readiness page", 60, " s", findings.journey.pipeline),
        Target("environment, serving alone", 170, " MB", sizes.get(SERVING)),
        Target("environment, with training", 600, " MB", sizes.get(TRAINING)),
        Target("import of the serving app, as a whole process", 1, " s", app),
        Target("a constant answer's throughput against a prediction's", 2, "x", ceiling),
    ]


def paragraphs(findings: Findings, repeats: int) -> Generator[str]:
    """Yield the page."""
    today = dt.datetime.now(dt.UTC).date()
    yield "# Benchmarks"
    yield (
        f"Measured on {today} at commit {machine.commit()}; `python3 bootstrap.py just bench`\n"
        "measures again and writes this page. Machines are shared and noisy: trust the ratios."
    )
    yield document.targets_table(targets(findings))
    yield (
        f"Generators ran {repeats} times each, in turn (A B A B), as whole processes with warm\n"
        "byte code: the median, the smallest and largest in brackets, ratios pair by pair.\n"
        "Memory is the peak of the largest process; MB are 10^6 bytes."
    )
    for race in findings.races:
        yield f"## {race.title}"
        yield document.race_table(race)
    yield "## From nothing to a served model"
    yield (
        "Each step once, as a process of its own, with what the project's folder grows by.\n"
        "The empty cache is filled over the network, whose speed that step measures as well."
    )
    yield document.steps_table(findings.journey)
    yield document.service_table(findings.service)
    yield document.load_table(findings.load)
    yield "## What is installed"
    yield document.environments_table(findings.journey)
    yield "## The machine"
    yield "\n".join(f"- {name}: {value}" for name, value in findings.facts.items())


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"{what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
