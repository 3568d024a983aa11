"""The generated service as its callers meet it: from the start to a thousand predictions."""

from __future__ import annotations

import json
import socket
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from measure import Command, Cost, Place, Running

REQUESTS = 1_000
START_SECONDS = 60


@dataclass(frozen=True)
class Service:
    """Seconds until it was ready, of the first answer, and of the others at two quantiles."""

    ready: float
    first: float
    p50: float
    p99: float
    cost: Cost


@dataclass(frozen=True)
class Silent:
    """The service did not answer as it should, and why."""

    failure: str


def serve(project: Place) -> Service | Silent:
    """Start the service of *project*, ask it on one connection, and end it."""
    port = free_port()
    command: Command = [".venv/bin/churn", "serve", "--port", str(port)]
    try:
        body = example(project.folder / "models")
        with Running(command, project) as server:
            ready = until_ready(server, port)
            times = _ask(port, body)
            server.terminate()
            cost = server.wait()
    except (OSError, HTTPException, ValueError, TimeoutError) as error:
        return Silent(f"{type(error).__name__}: {error}")
    percentiles = statistics.quantiles(times[1:], n=100)
    return Service(ready, times[0], percentiles[49], percentiles[98], cost)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def example(models: Path) -> bytes:
    """Return a request with the row that the model's own manifest shows."""
    version = (models / "CURRENT").read_text("utf-8").strip()
    manifest = json.loads((models / version / "manifest.json").read_text("utf-8"))
    return json.dumps({"rows": [manifest["example"]]}).encode()


def until_ready(server: Running, port: int) -> float:
    """Return the seconds until `/ready` said so."""
    while server.seconds() < START_SECONDS:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/ready")
                if connection.getresponse().status == HTTPStatus.OK:
                    return server.seconds()
        except ConnectionError:
            pass
        time.sleep(0.01)
    raise TimeoutError(f"not ready after {START_SECONDS} s")


def _ask(port: int, body: bytes) -> list[float]:
    """Return the seconds of the first prediction, then of a thousand more."""
    times = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for _ in range(1 + REQUESTS):
            began = time.perf_counter()
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            times.append(time.perf_counter() - began)
            if answer.status != HTTPStatus.OK:
                raise ValueError(f"/predict answered {answer.status}: {content[:200]!r}")
    return times
