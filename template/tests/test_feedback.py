import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from acme_project.artifact import load
from acme_project.errors import Stop
from acme_project.outcomes import Captured, Learnt, Outcomes, located
from acme_project.serving import writer
from acme_project.serving.service import create
from acme_project.serving.writer import Writer

import packaged

SECRET = "s3cret-value"  # pragma: allowlist secret
UNKNOWN = "0f" * 16


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/outcomes.db"


@pytest.fixture
def client(tmp_path: Path, address: str) -> Iterator[TestClient]:
    packaged.write(tmp_path / "models")
    made = Writer(address)
    yield TestClient(create(load(tmp_path / "models"), writer=made))
    made.close()


def predicted(client: TestClient, count: int) -> list[str]:
    answer = client.post("/predict", json={"rows": packaged.rows(count)})
    return [each["id"] for each in answer.json()["predictions"]]


def told(ids: list[str], cost: float = 7) -> dict[str, Any]:
    return {"outcomes": [{"id": each, "cost": cost} for each in ids]}


def test_remembers_what_was_asked_what_was_answered_and_how_it_turned_out(
    client: TestClient, address: str
) -> None:
    rows = packaged.rows(3)
    answer = client.post("/predict", json={"rows": rows}).json()
    ids = [each["id"] for each in answer["predictions"]]
    assert client.post("/feedback", json=told(ids[:2])).json() == {"new": 2, "known": 0}

    known = {each.id: each for each in Outcomes(address).captured()}

    assert [known[each].row for each in ids] == rows
    assert [known[each].outcome for each in ids] == [{"cost": 7}, {"cost": 7}, None]
    for each in answer["predictions"]:
        kept = known[each["id"]]
        assert (kept.probability, kept.decision) == (each["probability"], each["decision"])
        assert (kept.model, kept.role) == (packaged.VERSION, "champion")


def test_the_same_outcome_again_changes_nothing(client: TestClient) -> None:
    first, second = predicted(client, 2)
    client.post("/feedback", json=told([first]))

    assert client.post("/feedback", json=told([first, second])).json() == {"new": 1, "known": 1}
    assert client.post("/feedback", json=told([first, second])).json() == {"new": 0, "known": 2}


def test_another_outcome_is_refused_and_the_first_one_stays(
    client: TestClient, address: str
) -> None:
    first, second = predicted(client, 2)
    client.post("/feedback", json=told([first]))

    answer = client.post("/feedback", json=told([second, first], cost=8))

    assert answer.status_code == 409
    assert answer.json()["title"] == "outcome 1: id has another outcome already"
    kept = {each.id: each.outcome for each in Outcomes(address).captured()}
    assert kept == {first: {"cost": 7}, second: None}


def test_one_unknown_id_refuses_the_request_and_is_named(client: TestClient, address: str) -> None:
    (known,) = predicted(client, 1)

    answer = client.post("/feedback", json=told([known, UNKNOWN]))

    assert answer.status_code == 422
    assert answer.json()["title"] == "outcome 1: id is the id of no prediction"
    assert [each.outcome for each in Outcomes(address).captured()] == [None]


def one(**changed: object) -> bytes:
    return json.dumps({"outcomes": [{"id": UNKNOWN, "cost": 1} | changed]}).encode()


def raw(cost: str) -> bytes:
    return b'{"outcomes": [{"id": "%b", "cost": %b}]}' % (UNKNOWN.encode(), cost.encode())


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "not valid JSON"),
    "half of it": (one()[:-9], 400, "not valid JSON"),
    "no UTF-8": (b'{"outcomes": "\xff"}', 400, "not valid JSON"),
    "UTF-16": (one().decode().encode("utf-16"), 400, "not valid JSON"),
    "deep lists": (b"[" * 10_000, 400, "not valid JSON"),
    "deep objects": (b'{"outcomes":' * 10_000 + b"1" + b"}" * 10_000, 400, "not valid JSON"),
    "rows": (b'{"rows": []}', 422, "`outcomes`"),
    "no list": (b'{"outcomes": {}}', 422, "`outcomes` must be a list"),
    "no outcomes": (b'{"outcomes": []}', 422, "at least one outcome"),
    "too many": (json.dumps({"outcomes": [{}] * 1_001}).encode(), 422, "more than 1000 outcomes"),
    "no object": (b'{"outcomes": [null]}', 422, "outcome 0: it must be an object"),
    "no id": (b'{"outcomes": [{"cost": 1}]}', 422, "id must be the id of a prediction"),
    "a number for an id": (one(id=12), 422, "id must be the id of a prediction"),
    "an object for an id": (one(id={}), 422, "id must be the id of a prediction"),
    "a forged id": (one(id=f"{UNKNOWN}\n"), 422, "id must be the id of a prediction"),
    "half a character's id": (one(id="\ud800" * 32), 422, "id must be the id of a prediction"),
    "no outcome": (json.dumps(told([UNKNOWN], 0)).replace(', "cost": 0', "").encode(), 422, "cost"),
    "NaN": (raw("NaN"), 422, "cost must be a finite number"),
    "infinity": (raw("-Infinity"), 422, "cost must be a finite number"),
    "a huge integer": (raw("9" * 5_000), 422, "cost must be a finite number"),
    "true": (raw("true"), 422, "cost must be a number"),
    "text": (one(cost=SECRET), 422, "cost must be a number"),
    "null": (one(cost=None), 422, "cost is required"),
    "a misspelt field": (one(kost=SECRET), 422, "kost is unknown"),
    "a repeated key": (raw('1, "cost": 2'), 422, "cost appears twice"),
    "an id twice": (
        json.dumps(told([UNKNOWN, UNKNOWN])).encode(),
        422,
        "outcome 1: id appears twi",
    ),
    "2 MiB": (b" " * 2_097_152, 413, "more than 1048576 bytes"),
}


@pytest.mark.parametrize(("content", "status", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_a_hostile_body_and_never_repeats_it(
    client: TestClient, content: bytes, status: int, reason: str
) -> None:
    answer = client.post("/feedback", content=content, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert reason in answer.json()["title"]
    assert SECRET not in answer.text


def test_the_schema_describes_an_outcome(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/feedback"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]

    assert schema["properties"]["outcomes"]["items"]["required"] == ["id", "cost"]
    assert "id of no prediction" in client.post("/feedback", json=schema["example"]).text


def answers(count: int, start: int = 0) -> list[Captured]:
    return [
        Captured(
            f"{start + i:032x}", "v1", "champion", time.time(), {"age": 1.0}, 0.5, decision=True
        )
        for i in range(count)
    ]


def test_outcomes_told_by_many_at_once_are_kept_once(address: str) -> None:
    kept = Outcomes(address)
    kept.keep(answers(100))
    outcomes = {each.id: {"cost": 1.0} for each in answers(100)}
    barrier = threading.Barrier(8)

    def tell(_: int) -> Learnt:
        database = Outcomes(address)
        barrier.wait()
        return database.learn(outcomes)

    with ThreadPoolExecutor(8) as pool:
        learnt = list(pool.map(tell, range(8)))

    assert sorted(each.new for each in learnt) == [0] * 7 + [100]
    assert not any(each.unknown or each.contradicted for each in learnt)


def test_whoever_waits_at_the_same_time_shares_a_commit(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []
    keep = Outcomes.keep
    monkeypatch.setattr(Outcomes, "keep", lambda *them: (commits.append(1), keep(*them)))
    made = Writer(address)

    async def ask() -> list[bool]:
        return await asyncio.gather(*(made.keep(answers(1, start=i)) for i in range(200)))

    assert asyncio.run(ask()) == [True] * 200
    made.close()
    assert len(Outcomes(address).captured()) == made.captured == 200
    assert len(commits) < 20


def test_a_database_that_hangs_holds_nobody_up(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    made = Writer(address)
    assert made.open() == ""
    hung = Outcomes(address).engine.connect()
    hung.exec_driver_sql("BEGIN IMMEDIATE")

    async def ask(start: int) -> bool:
        return await made.keep(answers(1, start))

    began = time.monotonic()
    assert [asyncio.run(ask(start)) for start in range(20)] == [False] * 20
    assert time.monotonic() - began < 1
    assert (made.working, made.captured, made.failures) == (False, 0, 20)
    hung.rollback()
    hung.close()

    deadline = time.monotonic() + 10
    while not asyncio.run(ask(100)) and time.monotonic() < deadline:
        time.sleep(0.05)
    made.close()
    assert made.working
    said = [record.getMessage() for record in caplog.records]
    assert said == ["nothing is captured", "captures again"]


def test_serves_without_a_database_and_without_ids(tmp_path: Path) -> None:
    packaged.write(tmp_path / "models")
    (tmp_path / "file").write_text("in the way")
    lost = Writer(f"sqlite:///{tmp_path}/file/outcomes.db")
    assert "cannot be opened" not in lost.open()
    client = TestClient(create(load(tmp_path / "models"), writer=lost))

    assert predicted(client, 2) == [None, None]
    answer = client.post("/feedback", json=told([UNKNOWN]))
    assert (answer.status_code, answer.json()["title"]) == (503, "nothing can be captured")
    assert answer.headers["retry-after"] == "5"
    assert client.get("/ready").json()["captures"] is False

    (tmp_path / "file").unlink()
    assert None not in predicted(client, 2)
    assert client.get("/ready").json()["captures"] is True
    lost.close()


@pytest.mark.parametrize("address", ["nonsense", "oracle9://x", "mysql://u:{}@h/x".format("pw")])
def test_an_address_of_no_database_is_refused(address: str) -> None:
    with pytest.raises(Stop) as stopped:
        located(address)
    assert "pw" not in str(stopped.value)


def test_a_fault_of_the_database_quotes_no_row(address: str) -> None:
    kept = Outcomes(address)
    kept.keep(answers(1))
    with pytest.raises(Exception, match="UNIQUE") as raised:
        kept.keep(answers(1))
    assert "age" not in str(raised.value)
