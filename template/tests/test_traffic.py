import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from acme_project import releases
from acme_project.artifact import load
from acme_project.outcomes import Outcomes
from acme_project.rehearsal import issue
from acme_project.serving.service import create
from acme_project.serving.traffic import Answering, Traffic, place
from acme_project.serving.writer import Writer

import packaged

A, B, C = packaged.VERSION, "linear-b", "linear-c"
JSON = {"content-type": "application/json"}
ROUNDS = 50 if os.environ.get("SOAK") else 5


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Three verified versions; the first one answers, the second one never acts."""
    folder = tmp_path / "models"
    packaged.write(folder)
    issue(folder, A, B, {"threshold": 2.0})
    issue(folder, A, C, {})
    return folder


def followed(models: Path) -> Traffic:
    """What a service knows that has followed the pointers so far."""
    traffic = Traffic(None, models, lambda _: None)
    traffic.refresh(models)
    return traffic


def roles(traffic: Traffic) -> dict[str, str]:
    return traffic.live.roles() if traffic.live else {}


def test_a_share_of_people_meets_the_canary_and_each_always_the_same(models: Path) -> None:
    live = Answering(load(models, A), load(models, B), 0.1)
    people = [f"person {number}" for number in range(5_000)]
    rows, others = [packaged.EXAMPLE], packaged.rows(2)

    met = {each for each in people if live.choose(each, rows) is live.canary}

    assert 0.08 < len(met) / len(people) < 0.12
    assert met == {each for each in people if live.choose(each, others) is live.canary}
    # Another canary meets other people: a tenth of a tenth meets both.
    both = {each for each in met if place(C, each) < 0.1}
    assert len(both) / len(people) < 0.02


def test_without_a_name_the_first_row_stands_for_the_entity(models: Path) -> None:
    live = Answering(load(models, A), load(models, B), 0.5)
    rows = packaged.rows(200)
    met = [live.choose(None, [row]) is live.canary for row in rows]
    assert 60 < sum(met) < 140
    assert met == [live.choose(None, [dict(reversed(row.items()))]) is live.canary for row in rows]


def test_the_champion_answers_what_the_canary_cannot_take(models: Path) -> None:
    fewer = packaged.manifest(packaged.graph())["features"]
    fewer[3] = fewer[3] | {"levels": ["free"]}
    issue(models, A, "linear-narrow", {"features": fewer})
    live = Answering(load(models, A), load(models, "linear-narrow"), 0.999999)
    assert live.choose("anyone", [packaged.EXAMPLE]) is live.canary
    assert live.choose("anyone", [packaged.EXAMPLE | {"plan": "25%"}]) is live.champion


def broken(models: Path, version: str) -> None:
    (models / version / "model.onnx").write_bytes(b"altered")


FAULTS: dict[str, tuple[Any, str]] = {
    "altered": (lambda models: broken(models, B), "was altered since it was packaged"),
    "missing": (lambda models: (models / B / "model.onnx").unlink(), "cannot read"),
    "gone": (lambda models: (models / B).rename(models / "moved"), "cannot read"),
    "foreign": (lambda models: rewritten(models, project="another"), "is not a manifest"),
    "newer": (lambda models: rewritten(models, format=2), "is not a manifest"),
    "renamed": (lambda models: rewritten(models, version="linear-x"), "holds another version"),
}


def rewritten(models: Path, **changed: object) -> None:
    manifest = models / B / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changed))


@pytest.mark.parametrize(("damage", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_a_broken_newcomer_is_refused_and_the_last_good_one_goes_on(
    models: Path, damage: Any, reason: str
) -> None:
    traffic = followed(models)
    damage(models)
    (models / "CURRENT").write_text(f"{B}\n")

    traffic.refresh(models)

    assert roles(traffic) == {"champion": A}
    assert traffic.fault is not None
    assert reason in traffic.fault

    (models / "CURRENT").write_text(f"{C}\n")
    traffic.refresh(models)
    assert (roles(traffic), traffic.fault) == ({"champion": C}, None)


@pytest.mark.parametrize("pointer", [b"", b"../etc", b"\xff\0", b"a b"])
def test_a_broken_pointer_changes_nothing(models: Path, pointer: bytes) -> None:
    traffic = followed(models)
    (models / "CURRENT").write_bytes(pointer)
    traffic.refresh(models)
    assert roles(traffic) == {"champion": A}
    assert "CURRENT" in str(traffic.fault)

    (models / "CURRENT").unlink()
    traffic.refresh(models)
    assert (roles(traffic), "names no champion" in str(traffic.fault)) == ({"champion": A}, True)


def test_a_broken_canary_or_shadow_leaves_everything_to_the_champion(models: Path) -> None:
    for share in (0.5, None):
        releases.start(models, B, share, "")
        kept = (models / B / "model.onnx").read_bytes()
        broken(models, B)
        traffic = followed(models)
        assert roles(traffic) == {"champion": A}
        assert "was altered" in str(traffic.fault)
        (models / B / "model.onnx").write_bytes(kept)
        traffic.refresh(models)
        assert (B in roles(traffic).values(), traffic.fault) == (True, None)
        releases.stop(models, "")


def test_a_shadow_is_written_down_and_never_heard(models: Path, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/outcomes.db"
    releases.start(models, B, None, "")
    writer = Writer(address)
    rows = packaged.rows(20)
    app = create(load(models), writer=writer, models=models)
    with TestClient(app) as client:
        until(lambda: "shadow" in roles(app.state.traffic))
        answer = client.post("/predict", json={"rows": rows}).json()
        until(lambda: writer.captured == 40)
    writer.close()

    database = Outcomes(address)
    heard = {each["id"]: each["decision"] for each in answer["predictions"]}
    assert (answer["model"], any(heard.values())) == (A, True)
    shadowed = database.captured(model=B)
    assert {each.id for each in shadowed} == set(heard)
    assert {(each.role, each.decision) for each in shadowed} == {("shadow", False)}
    assert {each.role for each in database.captured(model=A)} == {"champion"}


def until(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@dataclass
class Running:
    """A service of its own process, on the models of a folder."""

    process: subprocess.Popen[str]
    port: int

    def ask(self, method: str, path: str, document: object = None) -> tuple[int, Any]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as line:
            line.request(method, path, json.dumps(document), JSON)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    def named(self) -> str:
        return self.ask("GET", "/ready")[1]["model"]


@contextmanager
def running(models: Path) -> Generator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "acme_project", "serve", "--port", "0"],
        cwd=models.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stderr
            line = next(line for line in process.stderr if "http://" in line)
            found = re.search(r":(\d+)", line)
            assert found
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Running(process, int(found[1]))
        finally:
            process.kill()


@pytest.fixture
def service(models: Path) -> Iterator[Running]:
    with running(models) as made:
        yield made


def test_follows_the_pointers_and_describes_what_it_serves(models: Path, service: Running) -> None:
    body = {"rows": [packaged.EXAMPLE], "entity": "somebody"}
    assert service.ask("POST", "/predict", body)[1]["model"] == A

    releases.promote(models, B, "")
    until(lambda: service.named() == B)
    _, answer = service.ask("POST", "/predict", body)
    assert (answer["model"], answer["predictions"][0]["decision"]) == (B, False)
    assert service.ask("GET", "/model")[1]["version"] == B
    assert service.ask("GET", "/openapi.json")[1]["info"]["version"] == B

    releases.rollback(models, "")
    until(lambda: service.named() == A)


@pytest.mark.parametrize("entity", ["", "x" * 257, 7, None, ["a"]])
def test_an_entity_is_a_short_text(models: Path, entity: object) -> None:
    client = TestClient(create(load(models)))
    answer = client.post("/predict", json={"rows": [packaged.EXAMPLE], "entity": entity})
    assert (answer.status_code, "`entity`" in answer.json()["title"]) == (422, True)


def test_any_text_names_an_entity(models: Path) -> None:
    releases.start(models, B, 0.5, "")
    traffic = followed(models)
    app = create(load(models))
    app.state.traffic = traffic
    body = json.dumps({"rows": [packaged.EXAMPLE]})[:-1] + ', "entity": "\\ud800"}'
    assert TestClient(app).post("/predict", content=body, headers=JSON).status_code == 200


def test_what_is_in_flight_is_answered_before_the_end(service: Running) -> None:
    body = json.dumps({"rows": [packaged.EXAMPLE]}).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)) as line:
        line.putrequest("POST", "/predict")
        line.putheader("content-type", "application/json")
        line.putheader("content-length", str(len(body)))
        line.endheaders(body[:10])
        time.sleep(0.2)

        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        line.send(body[10:])

        answer = line.getresponse()
        assert (answer.status, json.loads(answer.read())["model"]) == (200, A)
    assert service.process.wait(10) in (0, -signal.SIGTERM)


def test_whoever_is_killed_while_reloading_comes_back_on_the_right_model(models: Path) -> None:
    versions = [B, C, A]
    for number in range(ROUNDS):
        version = versions[number % 3]
        with running(models) as service:
            assert service.ask("POST", "/predict", {"rows": [packaged.EXAMPLE]})[0] == 200
            releases.promote(models, version, "")
            time.sleep(number * 0.07 % 0.6)
            service.process.kill()
        with running(models) as service:
            assert service.named() == version
