import json
import subprocess

import pytest

from acme_project import clone
from acme_project.paths import Paths
from acme_project.smoke import senseless

from conftest import CODE, Workshop


def red(project: Workshop) -> set[str]:
    practices = json.loads(project("ready", "--json").out)["practices"]
    return {each["id"] for each in practices if each["status"] == "red"}


def test_a_fresh_clone_soon_answers_sensibly(finished: Workshop) -> None:
    report = json.loads(finished.read("reports/smoke.json"))
    assert report["faults"] == []
    assert 0 < report["prediction"]["probability"] < 1
    assert report["prediction"]["model"].startswith("rule-")


def test_a_budget_that_is_passed_is_red(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^first_prediction_s = .*$", "first_prediction_s = 3.0")
    copy.edit(f"{CODE}/data.py", r"^    paths = Paths.here\(\)$", SLOW)
    assert copy.start("smoke").code == 0
    assert red(copy) == {"P10"}


SLOW = """    paths = Paths.here()
    import time
    time.sleep(3)"""


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (".gitignore", r"\A", "/src/*/rows.py\n", "No module named"),
        (
            f"{CODE}/train.py",
            r"\A",
            "raise OSError('disk')\n",
            "`train` stopped: OSError('disk')",
        ),
        (
            "contract.toml",
            r"^rate = .*$",
            "rate = 0.0",
            "`gate` stopped: it says no",
        ),
        (f"{CODE}/score.py", r"count = 0$", "return 0", "0 answers to 1 rows"),
    ],
)
def test_a_path_that_is_broken_is_red(
    copy: Workshop, file: str, old: str, new: str, fault: str
) -> None:
    copy.edit(file, old, new)

    answer = copy.start("smoke")

    assert answer.code == 1
    assert fault in answer.err
    assert red(copy) == {"P10"}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"probability": 1.0}, "1 is no probability to act on"),
        ({"decision": True}, "the decision does not follow from the threshold"),
        ({}, None),
    ],
)
def test_nonsense_is_no_prediction(
    finished: Workshop, changed: dict[str, object], fault: str | None
) -> None:
    prediction = {"probability": 0.1, "threshold": 0.2, "decision": False} | changed
    assert fault in [*senseless(prediction, Paths(finished.root)), None]


def test_a_clone_holds_what_git_would_keep(project: Workshop) -> None:
    (project.root / "reports").mkdir()
    (project.root / "reports/gate.json").write_text("{}")
    outside = clone.files(project.root)
    assert "contract.toml" in outside
    assert "reports/gate.json" not in outside

    subprocess.run(["git", "init", "--quiet"], cwd=project.root, check=True)
    assert clone.files(project.root) == outside
    (project.root / ".env").write_text("forced")
    subprocess.run(["git", "add", "--force", ".env", "dodo.py"], cwd=project.root, check=True)
    assert clone.files(project.root) == sorted([*outside, ".env"])
