"""`/metrics`: what the service does, counted for Prometheus under labels of few values."""

from collections.abc import Iterator

from fastapi import FastAPI, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .access import Exchange
from .admission import Load
from .traffic import Traffic
from .writer import Writer

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10)


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "http_request_duration_seconds",
            "From the request's head to the end of its answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        predictions = Counter(
            "predictions", "Rows predicted, by decision", ["decision"], registry=self.registry
        )
        self.yes, self.no = predictions.labels("true"), predictions.labels("false")
        self.refused = Counter(
            "rows_refused", "Rows refused, by their first field", ["field"], registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, exchange: Exchange) -> None:
        """Count one exchange and the predictions in it."""
        requests, latency = self.series(exchange.method, exchange.route, exchange.status)
        requests.inc()
        latency.observe(exchange.seconds)
        if exchange.route == "/predict":
            for field in exchange.refused:
                self.refused.labels(field).inc()
        if exchange.predictions:
            positive = sum(prediction.decision for prediction in exchange.predictions)
            self.yes.inc(positive)
            self.no.inc(len(exchange.predictions) - positive)

    def series(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """The series of one kind of exchange; to look them up costs more than to count."""
        kind = (method, route, status)
        if kind not in self.known:
            self.known[kind] = (self.requests.labels(*kind), self.latency.labels(route))
        return self.known[kind]

    def hear(self, load: Load) -> None:
        """Count the requests that were turned away unheard."""
        while load.unheard:
            route, count = load.unheard.popitem()
            self.requests.labels("POST", route, 503).inc(count)


class Models(Collector):
    """Which versions answer, and whether one that should does not."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic

    def collect(self) -> Iterator[Metric]:
        """Count as of now."""
        info = GaugeMetricFamily("model_info", "1 for each in use", labels=["version", "role"])
        for role, version in self.traffic.live.roles().items() if self.traffic.live else ():
            info.add_metric([version, role], 1)
        yield info
        fault = self.traffic.fault is not None
        yield GaugeMetricFamily("model_refused", "1 while a newer one is not taken", fault)


class Memory(Collector):
    """What the service has written down, could not write down, and turned away."""

    def __init__(self, writer: Writer | None, load: Load) -> None:
        self.writer = writer
        self.load = load

    def collect(self) -> Iterator[Metric]:
        """Count as of now."""
        yield GaugeMetricFamily("requests_at_once", "Being answered now", self.load.at_once)
        yield CounterMetricFamily("requests_refused", "Turned away, too many", self.load.refused)
        if writer := self.writer:
            yield CounterMetricFamily("predictions_captured", "Answers on disk", writer.captured)
            yield CounterMetricFamily("outcomes_captured", "Outcomes on disk", writer.learnt)
            yield CounterMetricFamily(
                "capture_failures", "Commits that failed or hung", writer.failures
            )


def install(app: FastAPI) -> None:
    """Count every exchange of *app*'s, and answer `/metrics`."""
    metrics = Metrics()
    metrics.registry.register(Models(app.state.traffic))
    metrics.registry.register(Memory(app.state.writer, app.state.load))
    app.state.observers.append(metrics.observe)

    @app.get("/metrics", response_class=Response, include_in_schema=False)
    async def scrape() -> Response:
        """Return the metrics in Prometheus' text format."""
        metrics.hear(app.state.load)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
