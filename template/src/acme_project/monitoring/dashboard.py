"""The Grafana dashboard: each promise with its limit, and what the monitor sees."""

from dataclasses import dataclass
from typing import Any

from ..sections import Service
from .rules import JOB, P99, SHARE, WATCHER

WIDTH, HEIGHT, COLUMNS = 8, 7, 3
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """One chart: queries by their legend, the unit of Grafana's, and where red begins."""

    title: str
    about: str
    queries: dict[str, str]
    unit: str = "short"
    limit: float | None = None


def panels(promised: Service) -> tuple[Panel, ...]:
    """Promises first, then traffic, then the model."""
    rate = f"sum by (status) (rate(http_requests_total{{{JOB}}}[5m]))"
    decided = f"sum by (decision) (rate(predictions_total{{{JOB}}}[5m]))"
    return (
        Panel(
            "Requests that fail",
            "The share of answers with a status of 500 or more, and the share that is promised.",
            {"5 minutes": f"{SHARE}5m", "3 days": f"{SHARE}3d"},
            "percentunit",
            round(1 - promised.available, 6),
        ),
        Panel(
            "Slowest answer of a hundred",
            "The 99th percentile of predictions over five minutes.",
            {"p99": P99},
            "s",
            promised.p99_ms / 1000,
        ),
        Panel(
            "Age of the model",
            "Days since it was packaged.",
            {"days": "max(model_age_days)"},
            "d",
            promised.max_age_days,
        ),
        Panel("Requests", "By status, a second.", {"{{status}}": rate}, "reqps"),
        Panel("Decisions", "Rows a second, by what was decided.", {"{{decision}}": decided}, "ops"),
        Panel(
            "Models that answer",
            "Processes of the service by the version they have loaded.",
            {"{{version}}": f"sum by (version) (model_info{{{JOB}}})"},
        ),
        Panel(
            "Value a row",
            "What acting on the answers earned, against what the release promised.",
            {
                "earned": f"monitor_value_a_row{{{WATCHER}}}",
                "promised": f"monitor_value_promised{{{WATCHER}}}",
            },
        ),
        Panel(
            "Drift of each feature",
            "Population stability index against the rows that the model learned from.",
            {"{{feature}}": f"monitor_psi{{{WATCHER}}}"},
        ),
        Panel(
            "What the monitor objects to",
            "1 for an alert of its last look; docs/runbook.md says what to do.",
            {"{{alert}}": f"monitor_alert{{{WATCHER}}}"},
            limit=1,
        ),
    )


def document(promised: Service) -> dict[str, Any]:
    """The dashboard as Grafana's classic JSON model."""
    return {
        "uid": "acme-project",
        "title": "acme-project",
        "description": "Made from contract.toml; a change made here is lost.",
        "tags": ["acme-project"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": [drawn(number, panel) for number, panel in enumerate(panels(promised))],
    }


def drawn(number: int, panel: Panel) -> dict[str, Any]:
    """A panel at its place in the grid of three a row."""
    row, column = divmod(number, COLUMNS)
    red = [] if panel.limit is None else [{"color": "red", "value": panel.limit}]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"color": "green", "value": None}, *red],
                },
                "custom": {"thresholdsStyle": {"mode": "line" if red else "off"}},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}},
        "targets": [
            {
                "refId": chr(ord("A") + order),
                "datasource": SOURCE,
                "expr": expr,
                "legendFormat": name,
            }
            for order, (name, expr) in enumerate(panel.queries.items())
        ],
    }
