"""What the service has counted, read where Prometheus reads it."""

import os
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from ..errors import Stop

BEARER_VARIABLE = "SERVE_TOKEN"
SECONDS = 10


@dataclass(frozen=True)
class Asked:
    """How many rows were sent and refused, by field; how many requests came, and were slow."""

    rows: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    slow: int = 0

    @property
    def refused(self) -> int:
        return self.fields.total()

    def report(self) -> dict[str, Any] | None:
        """The share of rows refused, and for which fields; None where nobody counted."""
        if not self.rows:
            return None
        return {"share": round(self.refused / self.rows, 4), "fields": dict(self.fields)}

    def since(self, before: "Asked") -> "Asked":
        """What came after *before*; everything where the service has started again meanwhile."""
        if self.rows < before.rows or self.requests < before.requests:
            return self
        return Asked(
            self.rows - before.rows,
            self.fields - before.fields,
            self.requests - before.requests,
            max(self.slow - before.slow, 0),
        )


def asked(url: str, late_ms: float) -> Asked:
    """What the service at *url* has counted since it started; slow is what took over *late_ms*.

    Raises:
        Stop: it does not answer, or with something else.
    """
    samples = list(_samples(f"{url.rstrip('/')}/metrics"))
    fields = Counter(
        {each.labels["field"]: int(each.value) for each in _named(samples, "rows_refused_total")}
    )
    answered = sum(int(each.value) for each in _named(samples, "predictions_total"))
    buckets = {
        float(each.labels["le"]): int(each.value)
        for each in _named(samples, "http_request_duration_seconds_bucket")
        if each.labels["route"] == "/predict"
    }
    requests = max(buckets.values(), default=0)
    in_time = min((end for end in buckets if end >= late_ms / 1000), default=None)
    slow = requests - buckets[in_time] if in_time is not None else 0
    return Asked(answered + fields.total(), fields, requests, slow)


def _named(samples: list[Sample], name: str) -> Iterator[Sample]:
    return (each for each in samples if each.name == name)


def _samples(url: str) -> Iterator[Sample]:
    if not url.startswith(("http://", "https://")):
        raise Stop(f"{url} is no address of a service", fix="begin it with http:// or https://")
    token = os.environ.get(BEARER_VARIABLE, "").strip()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # nosec B310
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            yield from family.samples
    except (OSError, ValueError) as error:
        raise Stop(
            f"{url} does not answer with metrics",
            why=str(error),
            fix=f"start the service, correct --service, or set {BEARER_VARIABLE}",
        ) from error
