import json
from importlib import import_module
from unittest.mock import Mock

import pytest

from acme_project.cli import source_of

from conftest import CODE, Workshop

ONLINE = pytest.mark.skipif(not source_of("serve"), reason="this project has no service")


def test_every_run_rehearses_the_way_back(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/rehearsal.json"))
    assert (report["faults"], report["failed"]) == (
        {"rollback": [], "canary": [], "newcomer": []},
        0,
    )
    assert report["rollback_s"] < 10


@ONLINE
def test_it_is_rehearsed_under_load_and_by_the_rule(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/rehearsal.json"))
    assert report["requests"] > 100
    assert [each["verdict"] for each in report["canary"].values()] == ["stop", "promote"]
    tests = json.loads(finished.read("reports/readiness.json"))["ml_test_score"]["tests"]
    assert {each["status"] for each in tests if each["id"] in {"I6", "I7"}} == {"passed"}


BROKEN = {
    "a canary that is never ended": (
        "comparison.py",
        r"self\.difference\.high < 0",
        "self.difference.high < -1e9",
        "canary",
        "instead of stop: ",
    ),
    "requests lost while a model is loaded": (
        "serving/traffic.py",
        r"^        faults: list\[str\] = \[\]$",
        "        faults: list[str] = []\n        self.live = None",
        "rollback",
        "requests failed",
    ),
    "a rollback that nobody follows": (
        "serving/traffic.py",
        r"^            await asyncio\.sleep\(POLL_SECONDS\)$",
        "            await asyncio.sleep(1000)",
        "rollback",
        "does not answer",
    ),
    "a model that is not verified": (
        "artifact.py",
        r"hashlib\.sha256\(content\)\.hexdigest\(\) != manifest\.files\[name\]",
        "not content",
        "newcomer",
        "a model that was altered since it was packaged is promoted",
    ),
}


@ONLINE
@pytest.mark.parametrize("defect", BROKEN)
def test_what_goes_wrong_is_found(copy: Workshop, defect: str) -> None:
    file, old, new, part, fault = BROKEN[defect]
    copy.edit(f"{CODE}/{file}", old, new)
    assert copy.start("rehearsal").code == 1
    assert fault in "; ".join(json.loads(copy.read("reports/rehearsal.json"))["faults"][part])


@ONLINE
def test_a_line_that_was_silent_is_connected_anew() -> None:
    drill = import_module("acme_project.serving.drill")
    line = Mock()
    line.getresponse.return_value.status = 200
    heard = [drill.Heard(200, 0, {"predictions": [{"id": "a"}]})]
    drill.learnt(heard, Mock(outcomes=[{"ill": 1.0}]), line)
    assert [name for name, _, _ in line.method_calls][:2] == ["close", "request"]
