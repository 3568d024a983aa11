"""A look as metrics for Prometheus."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..errors import Stop

# Where a figure of the report stands, by the metric's name.
FIGURES = {
    "monitor_rows": ("Rows in the look", ("rows",)),
    "monitor_outcomes": ("Rows in the look whose outcome is known", ("outcomes",)),
    "monitor_refused_share": ("Share of the rows that were refused", ("refused", "share")),
    "monitor_value_promised": ("Value a row, when shipped", ("quality", "promised", "mean")),
    "monitor_value_expected": ("Value a row, before outcomes", ("quality", "expected")),
    "monitor_value_a_row": ("Value a row, by outcomes", ("quality", "earned", "mean")),
    "model_age_days": ("Days since the model was packaged", ("age_days",)),
}


class Exposition(Collector):
    """The metrics of the latest look; a figure that is not known is not shown."""

    def __init__(self) -> None:
        self.latest = CollectorRegistry()

    def collect(self) -> Iterable[Metric]:
        return self.latest.collect()

    def show(self, report: dict[str, Any]) -> None:
        """Replace what was shown by *report*."""
        made = CollectorRegistry()
        for name, (text, path) in FIGURES.items():
            value: Any = report
            for key in path:
                value = None if value is None else value[key]
            if value is not None:
                Gauge(name, text, registry=made).set(value)
        alert = Gauge("monitor_alert", "1 where an alert is raised", ["alert"], registry=made)
        for each in report["alerts"]:
            alert.labels(each["id"]).set(each["raised"])
        shift = Gauge("monitor_psi", "Population stability index", ["feature"], registry=made)
        for check in report["checks"]:
            if check["alert"].endswith("-drift"):
                shift.labels(check["subject"]).set(check["effect"])
        looked = Gauge("monitor_last_look_seconds", "When, in seconds since 1970", registry=made)
        looked.set(datetime.fromisoformat(report["made"]).timestamp())
        self.latest = made

    def text(self) -> bytes:
        """All of it in Prometheus' format."""
        return generate_latest(self.latest)

    def serve(self, host: str, port: int) -> int:
        """Answer on a thread of its own, on a free port where *port* is 0; the port taken."""
        registry = CollectorRegistry()
        registry.register(self)
        try:
            server, _ = start_http_server(port, host, registry)
        except OSError as error:
            fix = "choose another --port, or stop what uses this one"
            raise Stop(f"cannot listen on {host}, port {port}", why=str(error), fix=fix) from error
        return server.server_port
