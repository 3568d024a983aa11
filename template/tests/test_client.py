"""What the service says about a model's reasons, and what it must not write down."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from acme_project.artifact import Model, load
from acme_project.reasons import explain
from acme_project.serving.client import numbers, overheard
from acme_project.serving.requests import MAX_EXPLAINED
from acme_project.serving.service import create

import packaged
from conftest import Workshop


@pytest.fixture
def model(tmp_path: Path) -> Model:
    packaged.write(tmp_path)
    return load(tmp_path)


@pytest.fixture
def client(model: Model) -> TestClient:
    return TestClient(create(model))


def test_explains_every_row_as_the_artifact_does(client: TestClient, model: Model) -> None:
    rows = packaged.rows(MAX_EXPLAINED)
    answer = client.post("/explain", json={"rows": rows}).json()
    assert answer["model"] == packaged.VERSION
    assert answer["reference"]["row"] == packaged.EXAMPLE
    (typical,) = model.predict([packaged.EXAMPLE])
    assert answer["reference"]["probability"] == typical.probability
    for given, expected in zip(answer["explanations"], explain(model, rows), strict=True):
        assert given["probability"] == expected.probability
        pairs = [(each["feature"], each["contribution"]) for each in given["reasons"]]
        assert pairs == [(each.feature, each.contribution) for each in expected.reasons]


def test_refuses_to_explain_what_it_would_not_predict(client: TestClient) -> None:
    many = client.post("/explain", json={"rows": packaged.rows(MAX_EXPLAINED + 1)})
    assert (many.status_code, many.json()["title"]) == (422, "`rows` has more than 10 rows")
    wrong = client.post("/explain", json={"rows": [packaged.EXAMPLE | {"age": 121}]})
    assert wrong.json()["title"] == "row 0: age must be at most 120"
    assert TestClient(create(None)).post("/explain").status_code == 503


def test_the_schema_shows_how_many_rows_are_explained(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/explain"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["properties"]["rows"]["maxItems"] == MAX_EXPLAINED
    assert client.post("/explain", json=schema["example"]).status_code == 200


def test_hears_one_line_a_request_and_nothing_of_the_callers(model: Model) -> None:
    lines = overheard(model, ["jane.doe@example.com"])
    requests = [line for line in map(json.loads, lines) if line["event"] == "request"]
    assert [line["status"] for line in requests] == [422, 422, 404, 200, 200, 200]
    assert "jane.doe" not in "".join(lines)
    assert not any(str(number)[:9] in line for number in numbers(model).values() for line in lines)


@pytest.mark.parametrize(
    ("path", "old", "new", "fault"),
    [
        (
            "access.py",
            r'getattr\(scope.get\("route"\), "path", "unmatched"\)',
            'scope["path"]',
            "repeats what callers send",
        ),
        (
            "service.py",
            r"^    predictions = model.predict\(",
            "    print(rows)\n    predictions = model.predict(",
            "repeats `age` of a row",
        ),
    ],
)
def test_a_log_that_repeats_what_callers_send_is_found(
    copy: Workshop, path: str, old: str, new: str, fault: str
) -> None:
    copy.edit(f"src/acme_project/serving/{path}", old, new)
    answer = copy.start("privacy")
    assert answer.code == 1
    assert f"the service's log {fault}" in answer.out


def test_a_service_without_reasons_is_found(copy: Workshop) -> None:
    copy.edit(
        "src/acme_project/serving/service.py",
        r'^        \("/explain", .*\n',
        "",
    )
    answer = copy.start("explain")
    assert (answer.code, answer.err) == (1, "POST /explain answers 404\n")
