"""Where the project stands on the ten practices: table, JSON and page; exit 1 when one is red."""

import json
from typing import Any

import click
import yaml

from . import files
from .contract import Contract
from .pages import readiness_page
from .paths import Paths
from .plots import value_by_policy, value_curve
from .practices import Evidence, ml_test_score, standing
from .standing import table
from .verdict import verdict

REPORTS = ("data", "validate", "baseline", "train", "evaluate", "gate", "package")


@click.command("ready")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(as_json: bool) -> None:  # noqa: FBT001
    """Judge the evidence, write the readiness page, and say what to do next."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    evidence = gathered(paths, contract)
    report = readiness(paths, contract, evidence)
    page = readiness_page(contract, evidence, report, plots(contract, evidence))
    files.write_json(paths.report("readiness"), report)
    files.write(paths.page, page.encode())
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else table(report))
    if any(each["status"] == "red" for each in report["practices"]):
        raise click.exceptions.Exit(1)


def gathered(paths: Paths, contract: Contract) -> Evidence:
    """The reports that exist, and whether they still speak of today's contract and data."""
    made = {name: paths.report(name) for name in REPORTS if paths.report(name).exists()}
    reports = {name: files.read_json(path, name) for name, path in made.items()}
    return Evidence(reports, outdated(reports, paths, contract))


def outdated(reports: dict[str, Any], paths: Paths, contract: Contract) -> str | None:
    """Why the reports no longer count, or None."""
    source = paths.root / contract.data.source
    known = reports.get("data", {}).get("sha256")
    if known and source.exists() and files.sha256(source.read_bytes()) != known:
        return "the table has changed since; run the pipeline again"
    if "evaluate" in reports and reports["evaluate"]["contract"] != contract.digest():
        return "contract.toml has changed since; run the pipeline again"
    return None


def readiness(paths: Paths, contract: Contract, evidence: Evidence) -> dict[str, Any]:
    """The report that `reports/readiness.json` holds."""
    practices = standing(contract, evidence)
    return {
        "project": contract.project.title,
        "template_version": template_version(paths),
        "data": {"kind": contract.data.kind, "name": contract.data.name},
        "verdict": verdict(contract, evidence, practices),
        "practices": practices,
        "ml_test_score": ml_test_score(evidence),
    }


def template_version(paths: Paths) -> str | None:
    """The version of the template that this project stands on, if it was generated."""
    answers = paths.root / ".copier-answers.yml"
    if not answers.exists():
        return None
    return yaml.safe_load(answers.read_text("utf-8")).get("_commit")


def plots(contract: Contract, evidence: Evidence) -> list[str]:
    """The page's pictures, as SVG; none before there is something to draw."""
    if "evaluate" not in evidence.reports:
        return []
    unit = contract.objective.unit
    return [value_by_policy(evidence.policies, unit), value_curve(evidence.policies, unit)]
