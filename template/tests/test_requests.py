import asyncio
import json
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.types import Message, Receive

from acme_project.artifact import load
from acme_project.serving import requests
from acme_project.serving.refusal import Refused
from acme_project.serving.service import create

import packaged

SECRET = "s3cret-value"  # pragma: allowlist secret


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
