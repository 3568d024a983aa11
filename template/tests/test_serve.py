import csv
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from acme_project import score
from acme_project.artifact import load
from acme_project.errors import Stop
from acme_project.serving import serve
from acme_project.serving.access import Gathered
from acme_project.serving.service import create

import packaged

TOKEN = "correct-horse-battery-staple"
SECRET = "s3cret-value"  # pragma: allowlist secret


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    packaged.write(tmp_path)
    return TestClient(create(load(tmp_path)))


def test_answers_every_row_in_order(client: TestClient) -> None:
    rows = packaged.rows(50)

    answer = client.post("/predict", json={"rows": rows}).json()

    assert answer["model"] == packaged.VERSION
    alone = [client.post("/predict", json={"rows": [row]}).json() for row in rows]
    assert answer["predictions"] == [one["predictions"][0] for one in alone]


def test_answers_with_the_numbers_that_score_writes(client: TestClient, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    packaged.people(100, seed=1).to_csv(source, index=False)
    arguments = [str(source), str(target), "--models", str(tmp_path)]
    CliRunner().invoke(score.command, arguments, catch_exceptions=False, standalone_mode=False)

    answer = client.post("/predict", json={"rows": packaged.rows(100)}).json()

    scored = csv.DictReader(target.read_text().splitlines())
    assert answer["predictions"] == [
        {
            "id": None,
            "probability": float(row["probability"]),
            "decision": row["decision"] == "true",
        }
        for row in scored
    ]


def test_says_what_the_model_is_and_that_its_data_is_the_sample(
    client: TestClient, tmp_path: Path
) -> None:
    ready = {"ready": True, "model": packaged.VERSION, "captures": False}
    assert client.get("/ready").json() == ready | {"canary": None, "fault": None}
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
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_the_schema_shows_ranges_levels_and_an_example_that_works(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    row = schema["properties"]["rows"]["items"]

    assert row["properties"]["age"] == {"type": "number", "minimum": 0, "maximum": 120}
    assert row["properties"]["plan"]["enum"] == [*packaged.PLANS]
    assert row["required"] == ["age", "spending", "plan"]
    assert client.post("/predict", json=schema["example"]).status_code == 200


def test_beside_others_it_refuses_to_keep_outcomes_to_itself(tmp_path: Path) -> None:
    packaged.write(tmp_path)
    words = ["--scaled", "--port", "0", "--models", str(tmp_path)]
    with pytest.raises(Stop, match="file of its own"):
        CliRunner().invoke(serve.command, words, catch_exceptions=False, standalone_mode=False)


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
    rows = {"rows": [packaged.EXAMPLE]}
    answer = client.post("/predict", json=rows, headers={"x-request-id": "abc-1"})

    records = [record for record in caplog.records if record.name.endswith(".access")]
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


def test_logs_where_a_crash_was_and_not_what_it_said() -> None:
    try:
        float(SECRET)
    except ValueError:
        record = logging.makeLogRecord({"msg": "crashed", "exc_info": sys.exc_info()})

    line = json.loads(serve.JsonLines().format(record))

    assert (line["event"], line["error"]) == ("crashed", "ValueError")
    assert "test_serve.py" in line["stack"][0]
    assert SECRET not in str(line)


def test_loses_no_line_and_keeps_none_to_itself_for_long(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        handler = Gathered()
        handler.setStream(file)
        lines = (logging.makeLogRecord({"msg": str(number), "levelno": 20}) for number in range(9))
        handler.emit(next(lines))
        while not (tmp_path / "log").read_text():
            time.sleep(0.01)
        handler.emit(next(lines))
        handler.emit(logging.makeLogRecord({"msg": "trouble", "levelno": logging.WARNING}))
        assert (tmp_path / "log").read_text().splitlines() == ["0", "1", "trouble"]
        handler.emit(next(lines))
        handler.close()
    assert (tmp_path / "log").read_text().splitlines()[-1] == "2"


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

    assert "cannot find the host" in str(run("--host", "x" * 64).exception)


def test_serves_over_a_real_socket_until_it_is_told_to_stop(tmp_path: Path) -> None:
    packaged.write(tmp_path)
    module = [sys.executable, "-m", "acme_project"]
    process = subprocess.Popen(
        [*module, "serve", "--port", "0", "--models", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SERVE_TOKEN": TOKEN},
    )
    with process:
        try:
            found = re.search(r"http://\S+", process.stderr.readline() if process.stderr else "")
            assert found
            content = json.dumps({"rows": [packaged.EXAMPLE]}).encode()
            headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
            request = urllib.request.Request(f"{found[0]}/predict", content, headers)
            with urllib.request.urlopen(request, timeout=10) as answer:
                predicted = json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)

    (expected,) = load(tmp_path).predict([packaged.EXAMPLE])
    assert predicted["predictions"][0]["probability"] == expected.probability
