"""A service that has too much to do, too little disk, or callers that dawdle."""

import asyncio
import json
import resource
import socket
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from acme_project import served
from acme_project.errors import Stop
from acme_project.serving import admission, protocol
from acme_project.serving.admission import Admission, Load
from acme_project.serving.service import BODIES

import packaged


def asked(app: Admission, path: str = "/predict") -> Any:
    """The answer to a request, as a coroutine: status and headers."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def ask() -> tuple[int, dict[bytes, bytes]]:
        await app({"type": "http", "path": path, "method": "POST", "headers": []}, receive, send)
        return said[0]["status"], dict(said[0]["headers"])

    return ask()


class Slow:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_turns_away_what_is_too_much_and_says_when_to_come_back() -> None:
    async def crowd() -> tuple[list[int], dict[bytes, bytes], Load]:
        slow, load = Slow(), Load()
        app = Admission(slow, load, most=3)
        waiting = [asyncio.create_task(asked(app)) for _ in range(3)]
        await asyncio.sleep(0)
        refused, headers = await asked(app)
        slow.go.set()
        statuses = [refused, (await asked(app, "/health"))[0]]
        statuses += [status for status, _ in await asyncio.gather(*waiting)]
        return [*statuses, (await asked(app))[0]], headers, load

    statuses, headers, load = asyncio.run(crowd())

    assert statuses == [503, 200, 200, 200, 200, 200]
    assert headers[b"retry-after"] == b"5"
    assert load == Load(at_once=0, refused=1)


def test_what_tells_how_the_service_is_always_gets_through() -> None:
    async def crowd() -> list[int]:
        slow = Slow()
        app = Admission(slow, Load(), most=0)
        slow.go.set()
        paths = ["/health", "/ready", "/metrics", "/predict", "/health/"]
        return [(await asked(app, path))[0] for path in paths]

    assert asyncio.run(crowd()) == [200, 200, 200, 503, 503]


def test_gives_up_on_an_answer_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "REQUEST_SECONDS", 0.01)
    load = Load()

    async def wait() -> int:
        return (await asked(Admission(Slow(), load)))[0]

    assert asyncio.run(wait()) == 503
    assert load.at_once == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    packaged.write(tmp_path / "models")
    return tmp_path


def test_a_slow_sender_of_a_head_does_not_keep_its_connection(folder: Path) -> None:
    with served.process(folder) as (_, port):
        slow = socket.create_connection(("127.0.0.1", port), timeout=3 * protocol.HEAD_SECONDS)
        silent = socket.create_connection(("127.0.0.1", port), timeout=3 * protocol.HEAD_SECONDS)
        with slow, silent:
            slow.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\nx-slow: ")
            assert (slow.recv(1), silent.recv(1)) == (b"", b"")


HEAD = b"POST /predict HTTP/1.1\r\nhost: x\r\n"


@contextmanager
def crowd(port: int) -> Generator[None]:
    """As many callers as are answered at once, each of whom dawdles over a body."""
    with ExitStack() as callers:
        for _ in range(admission.MOST_AT_ONCE):
            caller = socket.create_connection(("127.0.0.1", port))
            callers.enter_context(caller)
            caller.sendall(HEAD + b"content-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        line = callers.enter_context(served.connected(port))
        while asked_of(line)[0] != 503:
            pass
        yield


def asked_of(line: HTTPConnection, path: str = "/predict") -> tuple[int, bytes]:
    """POST a row over an open line; status and body."""
    body = json.dumps({"rows": [packaged.EXAMPLE]})
    line.request("POST", path, body, {"content-type": "application/json"})
    answer = line.getresponse()
    return answer.status, answer.read()


def test_what_is_turned_away_keeps_its_line_and_costs_one_log_line_a_second(folder: Path) -> None:
    with served.process(folder) as (_, port), served.connected(port) as line:
        with crowd(port):
            heard = [asked_of(line, path) for path in sorted(admission.BOUNDED) * 30]
            line.request("GET", "/health")
            healthy = line.getresponse()
            assert (healthy.status, healthy.read()) == (200, b'{"status":"ok"}')
        assert {status for status, _ in heard} == {503}
        assert {json.loads(body)["title"] for _, body in heard} == {"too many requests at once"}
        while asked_of(line)[0] == 503:
            pass
        line.request("GET", "/metrics")
        metrics = line.getresponse().read().decode()
    counts = dict(sample.rsplit(" ", 1) for sample in metrics.splitlines() if sample[0] != "#")
    refused = 'http_requests_total{method="POST",route="/explain",status="503"}'
    assert float(counts[refused]) == 30
    assert float(counts["requests_refused_total"]) > 90
    said = [line for line in (folder / "serve.log").read_text().splitlines() if "turned" in line]
    assert 1 <= len(said) <= 10


def test_reads_on_where_a_request_that_was_turned_away_ends(folder: Path) -> None:
    head = HEAD + b"content-length: 30\r\n\r\n"
    with (
        served.process(folder) as (_, port),
        crowd(port),
        socket.create_connection(("127.0.0.1", port)) as line,
    ):
        line.sendall(head + b"POST /predict")
        assert line.recv(4096).startswith(b"HTTP/1.1 503")
        line.sendall(b"x" * 17 + head)
        assert line.recv(4096).startswith(b"HTTP/1.1 503")
        line.sendall(b"x" * 30 + b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        HEAD + b"content-length: 1\r\nContent-Length: 2\r\n",
        HEAD + b"content-length: 1\r\ntransfer-encoding: chunked\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        HEAD + b"content-length: 1\r\nexpect: 100-continue\r\n",
        HEAD + b"content-length: 1\r\nconnection: close\r\n",
        HEAD + b"content-length: 1\r\nupgrade: websocket\r\n",
        HEAD + b"content-length: +1\r\n",
        HEAD + b"content-length: 1, 1\r\n",
        HEAD + b"content-length : 1\r\n",
        HEAD + b"content-length: 1\r\n folded: 1\r\n",
        HEAD + b"content-length: 1\r\nx: \n\r\n",
        HEAD.replace(b"POST", b"post") + b"content-length: 1\r\n",
        HEAD.replace(b"predict", b"health") + b"content-length: 1\r\n",
        HEAD.replace(b"1.1", b"1.0") + b"content-length: 1\r\n",
    ],
)
def test_leaves_a_head_to_the_framework_that_does_not_plainly_say_where_it_ends(
    head: bytes,
) -> None:
    assert not protocol.PLAIN.match(head + b"\r\n")
    assert protocol.PLAIN.match(HEAD + b"Accept: */*\r\nContent-Length: 1\r\nx-y: z\r\n\r\n")


def test_bounds_what_reads_a_body() -> None:
    assert BODIES.keys() == admission.BOUNDED


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_full_disk_costs_ids_and_not_predictions(folder: Path) -> None:
    rows = {"rows": packaged.rows(50)}
    with served.process(folder) as (process, port), served.connected(port) as connection:

        def ids() -> set[bool]:
            answers = served.told(connection, "/predict", rows)["predictions"]
            return {each["id"] is not None for each in answers}

        assert ids() == {True}
        (first, *_) = served.told(connection, "/predict", rows)["predictions"]
        outcome = {"outcomes": [{"id": first["id"], "cost": 1.0}]}
        log = (folder / "data/outcomes.db-wal").stat().st_size
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        # To the process, the disk is full: its files may not grow.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log, hard))
        assert ids() == {False}
        with pytest.raises(Stop, match="refused: 503, nothing can be captured"):
            served.told(connection, "/feedback", outcome)
        assert not ready(connection)["captures"]

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert ids() == {True}
        assert served.told(connection, "/feedback", outcome) == {"new": 1, "known": 0}
        assert ready(connection)["captures"]
    said = [
        json.loads(line)
        for line in (folder / "serve.log").read_text().splitlines()
        if "{" in line[:1]
    ]
    events = [line["event"] for line in said if line["level"] in {"error", "warning"}]
    assert events == ["nothing is captured", "captures again"]


def ready(connection: Any) -> dict[str, Any]:
    connection.request("GET", "/ready")
    return json.loads(connection.getresponse().read())
