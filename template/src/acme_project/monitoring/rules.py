"""Prometheus rules from the contract's promises, and the proof that each of them can fire.

Failures are judged by how fast they burn the budget that `available` leaves, over a long and a
short window at once: Google, The Site Reliability Workbook (2018), chapter 5, table 5-8.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..alerts import Alert
from ..sections import Service

JOB = 'job="acme-project"'
WATCHER = 'job="acme-project-monitor"'
ASKED = f'{JOB},route=~"/predict|/explain|/feedback"'
WINDOWS = ("5m", "30m", "1h", "6h", "3d")
SHARE = "job:http_failures:share_rate"
HANDFUL = 10
P99 = "job:http_predict_seconds:p99_rate5m"

HEALTHY = {
    f"up{{{JOB}}}": "1x400",
    f"up{{{WATCHER}}}": "1x400",
    f'http_requests_total{{{JOB},method="POST",route="/predict",status="200"}}': "0+600x400",
    f'http_request_duration_seconds_bucket{{{JOB},route="/predict",le="0.0005"}}': "0+600x400",
    f'http_request_duration_seconds_bucket{{{JOB},route="/predict",le="10"}}': "0+600x400",
    f'http_request_duration_seconds_bucket{{{JOB},route="/predict",le="+Inf"}}': "0+600x400",
    f"model_age_days{{{WATCHER}}}": "0x400",
    f"capture_failures_total{{{JOB}}}": "0x400",
    f"model_refused{{{JOB}}}": "0x400",
    f"monitor_last_look_seconds{{{WATCHER}}}": "0+60x400",
    f'predictions_total{{{JOB},decision="true"}}': "0+600x400",
    f'rows_refused_total{{{JOB},field="a"}}': "0x400",
}


@dataclass(frozen=True)
class Rule:
    """When an alert fires, how long that must last, and series that make it fire in two hours."""

    expr: str
    wait: str
    fires: dict[str, str]
    pages: bool = False
    with_it: tuple[str, ...] = ()


def service_rules(promised: Service) -> dict[str, Rule]:
    """What the service's own figures may set off, by the id of the alert."""
    budget = 1 - promised.available
    failed = f'http_requests_total{{{JOB},method="POST",route="/predict",status="503"}}'
    slow = f'http_request_duration_seconds_bucket{{{JOB},route="/predict",le="0.0005"}}'
    age = promised.max_age_days
    # Too much for the slow rule, and too little for the fast one.
    creeping = (budget + limit(6, budget)) / 2
    quick, steady = burns(14.4, budget, "1h", "5m"), burns(6, budget, "6h", "30m")
    return {
        "service-down": Rule(
            f"sum(up{{{JOB}}}) == 0 or absent(up{{{JOB}}})",
            "2m",
            {f"up{{{JOB}}}": "0x400"},
            pages=True,
        ),
        "errors-fast": Rule(
            f"({quick}) or ({steady})",
            "2m",
            {failed: "0+600000x400"},
            pages=True,
            with_it=("errors-slow",),
        ),
        "errors-slow": Rule(
            burns(1, budget, "3d", "6h"),
            "1h",
            {failed: f"0+{600 * creeping / (1 - creeping):.6g}x400"},
        ),
        "service-slow": Rule(f"{P99} > {promised.p99_ms / 1000:g}", "10m", {slow: "0+500x400"}),
        "rows-refused": Rule(
            refusals(budget), "10m", {f'rows_refused_total{{{JOB},field="a"}}': "0+600000x400"}
        ),
        "model-old": Rule(
            f"max(model_age_days) > {age}",
            "1h",
            {f"model_age_days{{{WATCHER}}}": f"{age + 1}x400"},
        ),
        "reload-refused": Rule(
            f"max(model_refused{{{JOB}}}) > 0",
            "1m",
            {f"model_refused{{{JOB}}}": "1x400"},
        ),
        "capture-fails": Rule(
            f"sum(increase(capture_failures_total{{{JOB}}}[10m])) > 0",
            "1m",
            {f"capture_failures_total{{{JOB}}}": "0+1x400"},
        ),
        "monitor-silent": Rule(
            f"time() - max(monitor_last_look_seconds{{{WATCHER}}}) > 3600"
            f" or absent(monitor_last_look_seconds{{{WATCHER}}})",
            "5m",
            {f"monitor_last_look_seconds{{{WATCHER}}}": "0x400"},
        ),
    }


def refusals(most: float) -> str:
    """More than this share of an hour's rows were refused, and more than a handful."""
    refused = f"sum(increase(rows_refused_total{{{JOB}}}[1h]))"
    share = f"{refused} / ({refused} + sum(increase(predictions_total{{{JOB}}}[1h])))"
    return f"{share} > {most:.6g} and {refused} > {HANDFUL}"


def burns(times: float, budget: float, long: str, short: str) -> str:
    """Failures eat the budget this many times too fast, over both windows."""
    most = f"{limit(times, budget):.6g}"
    return f"{SHARE}{long} > {most} and {SHARE}{short} > {most}"


def limit(times: float, budget: float) -> float:
    """The share of failures that is too much; always above the budget, and within reach."""
    return min(times * budget, (1 + budget) / 2)


def objection(identity: str) -> str:
    """The series by which the monitor says that its last look found something."""
    return f'monitor_alert{{{WATCHER},alert="{identity}"}}'


def rules(promised: Service, alerts: Iterable[str]) -> dict[str, Rule]:
    """The rule of every alert; those that the service's figures don't tell are the monitor's."""
    known = service_rules(promised)
    return {identity: known.get(identity) or watched(identity) for identity in alerts}


def watched(identity: str) -> Rule:
    """The rule of an alert that the monitor raises."""
    series = objection(identity)
    return Rule(f"max({series}) == 1", "0s", {series: "1x400"})


def document(promised: Service, alerts: Mapping[str, Alert]) -> dict[str, Any]:
    """The content of Prometheus' rule file."""
    recorded = [{"record": f"{SHARE}{window}", "expr": share(window)} for window in WINDOWS]
    bucket = f'rate(http_request_duration_seconds_bucket{{{JOB},route="/predict"}}[5m])'
    recorded.append({"record": P99, "expr": f"histogram_quantile(0.99, sum by (le) ({bucket}))"})
    raised = [
        {
            "alert": identity,
            "expr": rule.expr,
            "for": rule.wait,
            "labels": {
                "severity": "page" if rule.pages else "ticket",
                "role": alerts[identity].role,
            },
            "annotations": {
                "summary": alerts[identity].title,
                "description": alerts[identity].why,
                "runbook": f"docs/runbook.md#{alerts[identity].runbook}",
            },
        }
        for identity, rule in rules(promised, alerts).items()
    ]
    groups = {"objectives": recorded, "alerts": raised}
    return {"groups": [{"name": name, "rules": each} for name, each in groups.items()]}


def share(window: str) -> str:
    """The share of requests that failed for a reason of ours; 0 where none did."""
    failed = f'sum(rate(http_requests_total{{{ASKED},status=~"5.."}}[{window}])) or vector(0)'
    return f"({failed}) / sum(rate(http_requests_total{{{ASKED}}}[{window}]))"


def proof(promised: Service, alerts: Iterable[str]) -> dict[str, Any]:
    """Tests for promtool: nothing fires on a good day, and on each bad one the right alert."""
    healthy = HEALTHY | {objection(identity): "0x400" for identity in alerts}
    days = [day("nothing", healthy, ())]
    for identity, rule in rules(promised, alerts).items():
        days.append(day(identity, healthy | rule.fires, (identity, *rule.with_it)))
    return {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": days}


def day(name: str, series: Mapping[str, str], alerts: Iterable[str]) -> dict[str, Any]:
    """One day of promtool's: these series, and all alerts that then fire."""
    firing = [{"labels": f'{{alertname="{each}"}}', "value": 1} for each in sorted(alerts)]
    return {
        "name": f"{name} fires",
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "2h",
                "exp_samples": firing,
            }
        ],
    }
