from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from acme_project.artifact import load
from acme_project.serving.service import create
from acme_project.serving.writer import Writer

import packaged


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    packaged.write(tmp_path)
    return TestClient(create(load(tmp_path)))


def series(client: TestClient, metric: str) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    samples = (line.rpartition(" ") for line in lines if line.startswith(metric))
    return {name: float(value) for name, _, value in samples}


def test_counts_requests_and_the_decisions_in_them(client: TestClient) -> None:
    predictions = client.post("/predict", json={"rows": packaged.rows(40)}).json()["predictions"]
    client.post("/predict", json={"rows": []})
    positive = sum(prediction["decision"] for prediction in predictions)

    assert series(client, "predictions_total") == {
        'predictions_total{decision="true"}': positive,
        'predictions_total{decision="false"}': 40 - positive,
    }
    asked = 'http_requests_total{method="POST",route="/predict",status="%d"}'
    requests = series(client, "http_requests_total")
    assert (requests[asked % 200], requests[asked % 422]) == (1, 1)
    took = series(client, "http_request_duration_seconds_count")
    assert took['http_request_duration_seconds_count{route="/predict"}'] == 2


def test_strangers_cannot_add_series(client: TestClient) -> None:
    for number in range(50):
        client.request(f"METHOD{number}", f"/{number}")

    (unmatched,) = (
        count for name, count in series(client, "http_requests_total").items() if "OTHER" in name
    )
    assert unmatched == 50


def test_names_the_model_served(client: TestClient) -> None:
    named = f'model_info{{role="champion",version="{packaged.VERSION}"}}'
    assert series(client, "model_info") == {named: 1}


def test_each_service_counts_for_itself(client: TestClient) -> None:
    client.get("/health")

    assert series(TestClient(create(None)), "http_requests_total") == {}


def test_counts_what_is_captured_and_what_is_not(tmp_path: Path) -> None:
    packaged.write(tmp_path / "models")
    writer = Writer(f"sqlite:///{tmp_path}/outcomes.db")
    client = TestClient(create(load(tmp_path / "models"), writer=writer))
    answers = client.post("/predict", json={"rows": packaged.rows(3)}).json()["predictions"]
    outcomes = [{"id": each["id"], "cost": 1} for each in answers[:2]]
    client.post("/feedback", json={"outcomes": outcomes})

    assert series(client, "predictions_captured_total") == {"predictions_captured_total": 3}
    assert series(client, "outcomes_captured_total") == {"outcomes_captured_total": 2}
    assert series(client, "capture_failures_total") == {"capture_failures_total": 0}
    writer.close()

    broken = TestClient(create(load(tmp_path / "models"), writer=Writer(f"sqlite:///{tmp_path}")))
    broken.post("/predict", json={"rows": packaged.rows(3)})
    assert series(broken, "capture_failures_total") == {"capture_failures_total": 1}
    assert series(broken, "predictions_captured_total") == {"predictions_captured_total": 0}


def test_refused_rows_are_counted_by_a_field_that_the_model_knows(client: TestClient) -> None:
    good = packaged.EXAMPLE
    renamed = {"years" if name == "age" else name: cell for name, cell in good.items()}
    bad = [good, good | {"age": -1, "visits": -1}, renamed, good | {"secret-7f3a": 1}, "no row"]
    client.post("/predict", json={"rows": bad})
    client.post("/explain", json={"rows": bad})

    counted = 'rows_refused_total{field="%s"}'
    assert series(client, "rows_refused_total") == {
        counted % "age": 2,
        counted % "unknown": 1,
        counted % "row": 1,
    }


def test_shows_what_its_process_takes(client: TestClient) -> None:
    assert series(client, "process_resident_memory_bytes")["process_resident_memory_bytes"] > 1e6
    assert series(client, "process_cpu_seconds_total")["process_cpu_seconds_total"] > 0
