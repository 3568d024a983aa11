"""`/metrics`: what the service does, counted for Prometheus under labels of few values."""

from fastapi import FastAPI, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from .access import Exchange
from .traffic import Traffic

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10)


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
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
        self.predictions = Counter(
            "predictions", "Rows predicted, by decision", ["decision"], registry=self.registry
        )
        self.info = Gauge(
            "model_info", "1 for each model in use", ["version", "role"], registry=self.registry
        )
        self.refused = Gauge(
            "model_reload_refused", "1 while a newer model is not used", registry=self.registry
        )

    def observe(self, exchange: Exchange) -> None:
        """Count one exchange and the predictions in it."""
        self.requests.labels(exchange.method, exchange.route, exchange.status).inc()
        self.latency.labels(exchange.route).observe(exchange.seconds)
        positive = sum(prediction.decision for prediction in exchange.predictions)
        self.predictions.labels("true").inc(positive)
        self.predictions.labels("false").inc(len(exchange.predictions) - positive)

    def exposed(self) -> bytes:
        """The metrics of this moment in Prometheus' text format."""
        self.info.clear()
        for role, version in self.traffic.live.roles().items() if self.traffic.live else ():
            self.info.labels(version, role).set(1)
        self.refused.set(self.traffic.fault is not None)
        return generate_latest(self.registry)


def install(app: FastAPI) -> None:
    """Count every exchange of *app*'s, and answer `/metrics`."""
    metrics = Metrics(app.state.traffic)
    app.state.observers.append(metrics.observe)

    @app.get("/metrics", response_class=Response)
    async def scrape() -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(metrics.exposed(), media_type=CONTENT_TYPE_LATEST)
