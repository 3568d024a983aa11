import asyncio
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import packaged
import pytest
from click.testing import CliRunner
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.types import Message, Receive

from acme_project import requests, serve
from acme_project.artifact import load
from acme_project.errors import Stop
from acme_project.refusal import Refused
from acme_project.service import create

TOKEN = "correct-horse-battery-staple"
SECRET = "s3cret-value"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    packaged.write(tmp_path)
    return TestClient(create(load(tmp_path)))


def body(**changed: object) -> bytes:
    return json.dumps({"rows": [packaged.EXAMPLE | changed]}).encode()


def raw(age: str) -> bytes:
    return b'{"rows": [{"age": %b, "spending": 1, "plan": "free"}]}' % age.encode()


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "not valid JSON"),
    "no JSON": (SECRET.encode(), 400, "not valid JSON"),
    "half of it": (body()[:-9], 400, "not valid JSON"),
    "no UTF-8": (b'{"rows": "\xff"}', 400, "not valid JSON"),
    "UTF-16": (body().decode().encode("utf-16"), 400, "not valid JSON"),
    "deep lists": (b"[" * 10_000, 400, "not valid JSON"),
    "deep objects": (b'{"rows":' * 10_000 + b"1" + b"}" * 10_000, 400, "not valid JSON"),
    "a list": (b"[]", 422, "`rows`"),
    "a bare row": (json.dumps(packaged.EXAMPLE).encode(), 422, "`rows`"),
    "another key": (b'{"rows": [], "row": []}', 422, "`rows`"),
    "no list": (b'{"rows": {}}', 422, "`rows`"),
    "no rows": (b'{"rows": []}', 422, "at least one row"),
    "100,000 rows": (json.dumps({"rows": [{}] * 100_000}).encode(), 422, "more than 1000 rows"),
    "no object": (b'{"rows": [null]}', 422, "row 0: it must be an object"),
    "NaN": (raw("NaN"), 422, "age must be a finite number"),
    "infinity": (raw("-Infinity"), 422, "age must be a finite number"),
    "overflow": (raw("1e999"), 422, "age must be a finite number"),
    "a huge integer": (raw("9" * 5_000), 422, "age must be a finite number"),
    "true": (raw("true"), 422, "age must be a number"),
    "text": (body(age=SECRET), 422, "age must be a number"),
    "null": (body(age=None), 422, "age is required"),
    "out of range": (body(age=121), 422, "age must be at most 120"),
    "an unknown level": (body(plan=SECRET), 422, "plan must be one of 'free', '25%', '50%'"),
    "half a character": (raw('"\\ud800"'), 422, "age must be a number"),
    "a missing field": (b'{"rows": [{"age": 1, "plan": "free"}]}', 422, "spending is required"),
    "a misspelt field": (body(agee=SECRET), 422, "agee is unknown"),
    "half a character's field": (body(**{"\ud800": 1}), 422, "? is unknown"),
    "a repeated key": (raw('1, "age": 2'), 422, "age appears twice"),
}


@pytest.mark.parametrize(("content", "status", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_a_hostile_body_and_never_repeats_it(
    client: TestClient, content: bytes, status: int, reason: str
) -> None:
    answer = client.post("/predict", content=content, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert reason in answer.json()["title"]
    assert SECRET not in answer.text


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_refuses_what_is_not_declared_as_json(client: TestClient, media_type: str) -> None:
    answer = client.post("/predict", content=body(), headers={"content-type": media_type})

    assert answer.status_code == 415


def read(receive: Receive, seconds: float = 10) -> int:
    """Read a body that arrives through *receive*; return the status it is refused with."""
    request = Request(
        {"type": "http", "headers": [(b"content-type", b"application/json")]}, receive
    )
    with pytest.raises(Refused) as refused:
        asyncio.run(requests.read(request, seconds))
    return refused.value.problem.status


def test_stops_reading_at_the_first_byte_too_many() -> None:
    chunks = 0

    async def endless() -> Message:
        nonlocal chunks
        chunks += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    assert read(endless) == 413
    assert chunks == requests.MAX_BYTES // 65_536 + 1


def test_does_not_wait_for_a_slow_or_lost_caller() -> None:
    async def silent() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("waited")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert read(silent, seconds=0.01) == 408
    assert read(gone) == 400


def test_one_bad_row_refuses_the_request_and_is_named(client: TestClient) -> None:
    rows = [packaged.EXAMPLE, packaged.EXAMPLE | {"age": -1, "plan": "x"}, packaged.EXAMPLE]

    problem = client.post("/predict", json={"rows": rows}).json()

    assert [(error["row"], error["field"]) for error in problem["errors"]] == [
        (1, "age"),
        (1, "plan"),
    ]


def test_answers_every_row_in_order(client: TestClient) -> None:
    rows = packaged.rows(50)

    answer = client.post("/predict", json={"rows": rows}).json()

    assert answer["model"] == packaged.VERSION
    alone = [client.post("/predict", json={"rows": [row]}).json() for row in rows]
    assert answer["predictions"] == [one["predictions"][0] for one in alone]


def test_says_what_the_model_is_and_that_its_data_is_the_sample(
    client: TestClient, tmp_path: Path
) -> None:
    assert client.get("/ready").json() == {"ready": True, "model": packaged.VERSION}
    assert client.get("/model").json()["warning"] == "sample data: TEST ROWS, not your problem"

    own = packaged.manifest(packaged.graph())["data"] | {"kind": "own"}
    packaged.write(tmp_path / "own", data=own)
    described = TestClient(create(load(tmp_path / "own"))).get("/model").json()

    assert "warning" not in described
    assert described["data"]["kind"] == "own"


def test_is_alive_but_not_ready_without_a_model() -> None:
    client = TestClient(create(None))

    assert client.get("/health").status_code == 200
    for answer in (client.get("/ready"), client.get("/model"), client.post("/predict")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_the_schema_shows_ranges_levels_and_an_example_that_works(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    row = schema["properties"]["rows"]["items"]

    assert row["properties"]["age"] == {"type": "number", "minimum": 0, "maximum": 120}
    assert row["properties"]["plan"]["enum"] == [*packaged.PLANS]
    assert row["required"] == ["age", "spending", "plan"]
    assert client.post("/predict", json=schema["example"]).status_code == 200


def test_with_a_token_only_health_checks_go_without_it(tmp_path: Path) -> None:
    packaged.write(tmp_path)
    client = TestClient(create(load(tmp_path), TOKEN))

    def status(path: str, authorization: bytes = b"") -> int:
        return client.get(path, headers={b"authorization": authorization}).status_code

    assert [status("/health"), status("/ready")] == [200, 200]
    closed = ["/model", "/metrics", "/openapi.json", "/docs", "/nowhere", "/health/", "//health"]
    assert [status(path) for path in closed] == [401] * len(closed)
    assert status("/model", f"Bearer {TOKEN}".encode()) == 200
    for wrong in (TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        assert status("/model", wrong.encode()) == 401


def test_logs_a_line_per_request_that_holds_nothing_of_the_callers(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    forged = 'x"}\n{"level": "forged'
    client.post(f"/{SECRET}?{SECRET}", headers={"user-agent": SECRET, "x-request-id": forged})
    answer = client.post(
        "/predict",
        content=body(),
        headers={"content-type": "application/json", "x-request-id": "abc-1"},
    )

    records = [record for record in caplog.records if record.name == "acme_project.access"]
    lines = [serve.JsonLines().format(record) for record in records]

    assert answer.headers["x-request-id"] == "abc-1"
    unmatched, predicted = map(json.loads, lines)
    assert (unmatched["route"], unmatched["status"]) == ("unmatched", 404)
    assert (predicted["route"], predicted["request_id"], predicted["rows"]) == (
        "/predict",
        "abc-1",
        1,
    )
    assert not any(SECRET in line or "forged" in line or "\n" in line for line in lines)


def test_a_crash_is_answered_in_the_same_shape_without_its_message() -> None:
    app = create(None)

    @app.get("/crash")
    async def crash() -> None:
        raise ValueError(SECRET)

    answer = TestClient(app, raise_server_exceptions=False).get("/crash")

    assert (answer.status_code, answer.json()["title"]) == (500, "the service failed")
    assert answer.headers["x-request-id"]


def run(*arguments: str, **environment: str) -> Any:
    command = [*arguments, "--port", "0"] if "--port" not in arguments else [*arguments]
    return CliRunner(env=environment).invoke(serve.command, command, standalone_mode=False)


def test_refuses_other_machines_without_a_token() -> None:
    for host in ("0.0.0.0", "::"):
        assert "without a token" in str(run("--host", host).exception)
    assert "no good token" in str(run("--host", "0.0.0.0", SERVE_TOKEN="short").exception)


def test_refuses_a_broken_model_a_taken_port_and_an_unknown_host(tmp_path: Path) -> None:
    (packaged.write(tmp_path) / "model.onnx").write_bytes(b"")
    assert "was altered" in str(run("--models", str(tmp_path)).exception)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("--port", port)
    assert isinstance(refused.exception, Stop)
    assert f"port {port}" in refused.exception.what

    assert "cannot find the host" in str(run("--host", "nowhere.invalid").exception)


def test_serves_over_a_real_socket_until_it_is_told_to_stop(tmp_path: Path) -> None:
    packaged.write(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "acme_project", "serve", "--port", "0", "--models", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SERVE_TOKEN": TOKEN},
    )
    with process:
        try:
            found = re.search(r"http://\S+", process.stderr.readline() if process.stderr else "")
            assert found
            headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
            request = urllib.request.Request(f"{found[0]}/predict", body(), headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                predicted = json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)

    (expected,) = load(tmp_path).predict([packaged.EXAMPLE])
    assert predicted["predictions"][0]["probability"] == expected.probability
