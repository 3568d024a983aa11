"""Write the alert rules, their tests, the scraping and the dashboard that the contract asks for."""

import json
from typing import Any

import click
import yaml

from .. import files
from ..alerts import alerts
from ..contract import Contract
from ..paths import Paths
from ..serving import manifests
from . import dashboard, rules

MADE = """\
# Made from contract.toml and alerts.toml: change those, then run
# `acme-project objectives`.
"""


@click.command("objectives")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is not current.")
def command(*, check: bool) -> None:
    """Write what Prometheus and Grafana need to watch over the contract's promises.

    Exit 1 when replicas of the service would keep their outcomes apart.
    """
    paths = Paths.here()
    wanted = rendered(Contract.load(paths.contract))
    stale = [
        name
        for name, content in wanted.items()
        if not (paths.root / name).is_file() or (paths.root / name).read_bytes() != content
    ]
    if check and stale:
        click.echo(f"not what the contract says: {', '.join(stale)}")
        click.echo("next: acme-project objectives")
        raise click.exceptions.Exit(1)
    for name in stale:
        files.write(paths.root / name, wanted[name])
    click.echo(f"{len(stale)} of {len(wanted)} files changed" if stale else "all files are current")
    if apart := manifests.faults(paths.root / "deploy"):
        click.echo("\n".join(apart))
        raise click.exceptions.Exit(1)


def rendered(contract: Contract) -> dict[str, bytes]:
    """Every file, by its path from the project's root."""
    known = alerts()
    promised = contract.service
    page = json.dumps(dashboard.document(promised), indent=2)
    return {
        "deploy/prometheus/prometheus.yml": as_yaml(scraping()),
        "deploy/prometheus/rules.yml": as_yaml(rules.document(promised, known)),
        "deploy/prometheus/rules_test.yml": as_yaml(rules.proof(promised, known)),
        "deploy/grafana/dashboard.json": f"{page}\n".encode(),
    }


def scraping() -> dict[str, Any]:
    """Prometheus' configuration beside the service and the monitor of deploy/compose.yaml."""
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {
                "job_name": "acme-project",
                "authorization": {"credentials_file": "/run/secrets/serve_token"},
                "static_configs": [{"targets": ["serve:8000"]}],
            },
            {
                "job_name": "acme-project-monitor",
                "static_configs": [{"targets": ["monitor:9100"]}],
            },
        ],
    }


def as_yaml(document: dict[str, Any]) -> bytes:
    """The document in its own order, with one line for each value however long."""
    return (MADE + yaml.safe_dump(document, sort_keys=False, width=1_000_000)).encode()
