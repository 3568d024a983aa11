"""Nothing acknowledged is lost when the process is killed, and a service that loses it is found."""

import json
import os

import pytest

from acme_project import artifact, capture
from acme_project.contract import Contract
from acme_project.paths import Paths

from conftest import Workshop

ROUNDS = 50 if os.environ.get("SOAK") else 5


@pytest.mark.parametrize("number", range(ROUNDS))
def test_all_that_was_acknowledged_outlives_a_kill(
    finished: Workshop, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "BEFORE_THE_KILL", 20 + 17 * number)
    paths = Paths(finished.root)
    model = artifact.load(paths.models)
    rows = capture.lived(model, paths, Contract.load(paths.contract))

    report = capture.rehearsed(model, paths.models, rows)

    assert report["faults"] == []
    assert report["predictions"] >= report["outcomes"] >= 20 + 17 * number


def test_reports_what_outlived_the_kill(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/capture.json"))
    assert report["outcomes"] >= capture.BEFORE_THE_KILL
    ready = json.loads(finished.read("reports/readiness.json"))
    (ladder,) = (each for each in ready["practices"] if each["id"] == "P8")
    assert ladder["status"] == "green"
    assert "outcomes outlived a kill" in ladder["finding"]


BROKEN = {
    "outcomes that nobody may tell": (
        "serving/service.py",
        r'^        \("/feedback", .*\n',
        "",
        "POST /feedback is refused: 404",
    ),
    "outcomes that are only acknowledged": (
        "outcomes.py",
        r"connection.execute\(insert\(OUTCOMES\), rows\)",
        "connection.commit()",
        "acknowledged outcomes are lost",
    ),
    "answers that nobody keeps": (
        "serving/service.py",
        r"kept = writer is not None and await writer.keep\(captured\)",
        "kept = True",
        "POST /feedback is refused: 422",
    ),
    "rows that lose a column": (
        "outcomes.py",
        r"\{\*\*each.row, \*\*each.outcome\}",
        "{**each.outcome}",
        "training would learn from other rows",
    ),
}


@pytest.mark.parametrize(("path", "old", "new", "fault"), BROKEN.values(), ids=BROKEN.keys())
def test_a_service_that_forgets_is_found(
    copy: Workshop, path: str, old: str, new: str, fault: str
) -> None:
    copy.edit(f"src/acme_project/{path}", old, new)

    answer = copy.start("capture")

    assert answer.code == 1
    assert fault in answer.err
