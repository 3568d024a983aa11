"""Where the project stands on the ten practices: table, JSON and page; exit 1 when one is red."""

import json
from datetime import date
from typing import Any

import click
import yaml

from . import files, plots, releases, rubric
from .contract import Contract
from .evidence import Evidence, gathered
from .gates import root_cause, standing
from .milestones.command import on_day
from .milestones.evidence import inputs
from .pages import readiness_page
from .paths import Paths
from .standing import table
from .verdict import verdict


@click.command("ready")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@on_day
def command(as_json: bool, today: date) -> None:  # noqa: FBT001
    """Judge the evidence, write the readiness page, and say what to do next."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    evidence = gathered(paths)
    report = readiness(contract, evidence, today)
    drawn = plots.of(contract, evidence, report["practices"])
    page = readiness_page(plots=drawn, contract=contract, evidence=evidence, report=report)
    files.write_json(paths.report("readiness"), report)
    files.write(paths.page, page.encode())
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else table(report))
    if report["root_cause"]:
        raise click.exceptions.Exit(1)


def readiness(contract: Contract, evidence: Evidence, today: date) -> dict[str, Any]:
    """The report that `reports/readiness.json` holds."""
    practices = standing(contract, evidence, today)
    return {
        "project": contract.project.title,
        "template_version": template_version(evidence),
        "data": {"kind": contract.data.kind, "name": contract.data.name},
        "verdict": verdict(contract, evidence, practices),
        "root_cause": root_cause(practices),
        # Who reads this later can tell whether it still speaks of what is there.
        "inputs": inputs(evidence.root),
        "waiting": releases.waiting(evidence.root / "models"),
        "practices": practices,
        "ml_test_score": rubric.score(contract, evidence, today),
    }


def template_version(evidence: Evidence) -> str | None:
    """The version of the template that this project stands on, if it was generated."""
    answers = evidence.root / ".copier-answers.yml"
    if not answers.exists():
        return None
    return yaml.safe_load(answers.read_text("utf-8")).get("_commit")
