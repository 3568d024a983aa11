import json
from pathlib import Path

import pytest

from acme_project import served
from acme_project.artifact import load
from acme_project.cli import source_of
from acme_project.contract import Contract
from acme_project.errors import Stop
from acme_project.parity import partial

import packaged
from conftest import AS_SHIPPED, CODE, Workshop

ONLINE = pytest.mark.skipif(not source_of("serve"), reason="this project has no service")


def red(project: Workshop) -> tuple[set[str], str | None]:
    report = json.loads(project("ready", "--json").out)
    found = {each["id"] for each in report["practices"] if each["status"] == "red"}
    return found, report["root_cause"]


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("artifact", r"if value is None else value$", "if value is None else value * 1.01"),
        (
            "package",
            r"to_onnx\(pipeline, ",
            'to_onnx(candidates.pipelines("baseline", paths)["rule"], ',
        ),
    ],
)
def test_what_departs_from_training_is_not_published(
    copy: Workshop, module: str, old: str, new: str
) -> None:
    copy.edit(f"{CODE}/{module}.py", old, new)
    (copy.root / "models/CURRENT").unlink()

    answer = copy.start("package")

    assert answer.code == 1
    assert "differs from the trained model" in answer.err
    assert not (copy.root / "models/CURRENT").exists()
    assert red(copy) == ({"P3"}, "P3")


@pytest.mark.parametrize(
    ("module", "old", "new", "fault"),
    [
        pytest.param(
            "serving/service",
            r'"probability": each\.probability,$',
            '"probability": round(each.probability, 7),',
            "`serve` answers",
            marks=ONLINE,
        ),
        pytest.param(
            "serving/serve",
            r"^    _log_as_json\(\)$",
            "    exit(3)",
            "does not start",
            marks=ONLINE,
        ),
        (
            "score",
            r"\(prediction\.probability, ",
            "(prediction.probability * 2, ",
            "`score` answers",
        ),
    ],
)
def test_what_serves_answers_as_the_artifact_does(
    copy: Workshop, module: str, old: str, new: str, fault: str
) -> None:
    copy.edit(f"{CODE}/{module}.py", old, new)

    answer = copy.start("parity")

    assert answer.code == 1
    assert fault in answer.err
    assert red(copy) == ({"P3"}, "P3")


def test_every_row_is_asked_about_in_every_way(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/parity.json"))
    data = json.loads(finished.read("reports/data.json"))
    assert (report["different"], report["faults"]) == (0, [])
    assert report["rows"] == data["rows"] + data["rows_held_back"]
    assert report["served_by"] == [way for way in ("score", "serve") if source_of(way)]


def test_an_artifact_that_takes_no_raw_row_is_not_the_whole_pipeline(tmp_path: Path) -> None:
    packaged.write(tmp_path)
    (fault,) = partial(load(tmp_path), Contract.load(AS_SHIPPED / "contract.toml"))
    assert fault.startswith("the artifact is not the whole pipeline: ")
    assert "visits" in fault


@ONLINE
def test_the_service_ends_with_whoever_asked(copy: Workshop) -> None:
    rows = [load(copy.root / "models").manifest.example]
    with pytest.raises(Stop, match="is refused"), served.service(copy.root) as connection:  # noqa: PT012
        assert len(served.asked(connection, rows)) == 1
        served.asked(connection, [{}])
    connection.close()
    with pytest.raises(Stop, match="does not answer"):
        served.asked(connection, rows)
