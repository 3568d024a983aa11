import copy as copying
import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import reduce
from typing import Any

import pytest

from acme_project import clone, rubric
from acme_project.cli import source_of
from acme_project.contract import Contract
from acme_project.evidence import Evidence, gathered
from acme_project.paths import Paths

from conftest import Workshop

GOOD = {"mean": 0.5, "low": 0.1, "high": 1.0}
# A release before this one that took next to nothing.
SLOWER = {"version": "linear-0", "artifact_mb": 0.001, "p95_ms": 0.001, "memory_mb": 1.0}
# What good studies report; tests/test_studies.py looks at the studies themselves.
STUDIES: dict[str, dict[str, Any]] = {
    "newfeature": {"seconds": 9.0, "faults": []},
    "unittests": {
        "passed": 9,
        "faults": [],
        "covered": {"features": {"rows": 0.95, "all": 0.95}, "model": {"value": 1.0, "all": 0.97}},
    },
    "proxy": {"proxy": "average_precision", "rank": GOOD, "variants": [{}] * 12},
    "search": {
        "rungs": {
            "linear": {
                "behind": 0.001,
                "standard_error": 0.002,
                "best": {"C": 0.1},
                "points": [{}],
            }
        }
    },
    "staleness": {
        "ages": [{"days": 365.0, "lost": GOOD}, {"days": 730.0, "lost": GOOD}],
    },
    "integration": {
        "seconds": 60.0,
        "version": "linear-1",
        "shipped": "linear-1",
        "debug": {"rows": 6, "difference": 1e-8, "same_decisions": True},
        "faults": [],
    },
    "detection": {
        "undisturbed": [{"seed": 1, "early": [], "rows": None}],
        "faults": {
            "outage": [{"seed": 1, "rows": 400, "early": []}],
            "labels": [{"seed": 1, "rows": 800, "early": []}],
        },
    },
    "stability": {"answered": 9, "refused": 9, "weights": 9, "faults": []},
}


@pytest.fixture(scope="session")
def passing(finished: Workshop) -> tuple[Contract, Evidence]:
    """The finished project, with what good studies would report of it."""
    paths = Paths(finished.root)
    contract = Contract.load(paths.contract)
    evidence = gathered(paths)
    features = {name: {"loss": GOOD, "value": GOOD, "price": 0.0} for name in contract.features}
    value = evidence.policies[evidence.champion or ""]["value"]
    studies = STUDIES | {
        "features": {"rung": "linear", "features": features},
        "reseeded": {"champion": evidence.champion, "runs": [{"seed": 1, "value": value}]},
    }
    return contract, Evidence(paths.root, evidence.reports | studies)


def statuses(contract: Contract, evidence: Evidence, today: date | None = None) -> dict[str, str]:
    day = today or date(2026, 11, 22)
    tests = rubric.score(contract, evidence, day)["tests"]
    return {each["id"]: each["status"] for each in tests}


def test_all_are_checked_and_none_fails(
    passing: tuple[Contract, Evidence],
) -> None:
    found = statuses(*passing)
    assert len(found) == 28
    assert "missing" not in found.values()
    offline = set() if source_of("serve") else {"I6"}
    assert {name for name, status in found.items() if status == "not run"} == {"M1"} | offline
    assert {name for name, status in found.items() if status == "failed"} == set()


def policy(*path: str) -> tuple[str, ...]:
    return ("evaluate", "policies", "linear", *path)


@pytest.mark.parametrize(
    ("test", "path", "value"),
    [
        ("D1", ("validate", "checks"), {}),
        ("D2", ("features", "features", "age", "loss", "low"), -0.1),
        ("D2", ("features", "features"), {}),
        ("D3", ("features", "features", "age", "price"), 1.5),
        ("D3", ("features", "features", "age", "value", "high"), -0.1),
        ("D5", ("privacy", "faults"), ["an e-mail address in a report"]),
        ("D6", ("newfeature", "seconds"), 61.0),
        ("D6", ("newfeature", "faults"), ["the stage `data` stopped"]),
        ("D7", ("unittests", "covered", "features", "all"), 0.89),
        ("D7", ("unittests", "faults"), ["1 failed"]),
        ("M2", ("proxy", "rank", "low"), -0.1),
        ("M2", ("proxy", "variants"), []),
        ("M3", ("search", "rungs", "linear", "behind"), 0.003),
        ("M4", ("staleness", "ages"), []),
        ("M4", ("staleness", "ages"), [{"days": 365.0, "lost": GOOD}]),
        ("M4", ("staleness", "ages", 0, "lost"), {"mean": 3.0, "low": 2.0, "high": 4.0}),
        ("M5", policy("net_uplift", "rule", "low"), -0.1),
        ("M6", policy("slices", "sex", "female", "uplift", "high"), -0.1),
        ("M6", policy("slices"), {}),
        ("M7", policy("gaps", "sex"), {"mean": 0.3, "low": 0.1, "high": 0.5}),
        ("M7", policy("gaps"), {}),
        ("I1", ("integration", "version"), "linear-2"),
        ("I1", ("reseeded", "runs", 0, "value"), {"mean": 99.0, "low": 98.0, "high": 100.0}),
        ("I2", ("unittests", "covered", "model", "all"), 0.89),
        ("I3", ("integration", "faults"), ["no readiness page"]),
        ("I4", ("package", "rung"), "rule"),
        ("I5", ("integration", "debug", "difference"), 1e-4),
        ("I5", ("integration", "debug", "same_decisions"), False),
        ("I5", ("integration", "debug"), None),
        ("O1", ("package", "dependencies", "numpy"), "0.1"),
        ("O1", ("package", "dependencies"), {"no-such-thing": "1.0"}),
        ("O2", ("detection", "faults", "outage", 0, "rows"), None),
        ("O2", ("detection", "faults", "outage"), []),
        ("O2", ("detection", "undisturbed", 0, "early"), ["input-drift"]),
        ("O3", ("parity", "faults"), ["`serve` answers 3 rows differently"]),
        ("O5", ("stability", "faults"), ["a weight is no finite number"]),
        ("O6", ("package", "before"), SLOWER),
        ("O7", ("detection", "faults", "labels", 0, "rows"), None),
        ("O7", ("detection", "faults"), {}),
    ],
)
def test_what_is_found_wrong_fails_its_test(
    passing: tuple[Contract, Evidence], test: str, path: tuple[str | int, ...], value: object
) -> None:
    contract, evidence = passing
    reports: Any = copying.deepcopy(evidence.reports)
    reduce(lambda at, key: at[key], path[:-1], reports)[path[-1]] = value
    assert statuses(contract, evidence)[test] == "passed"
    assert statuses(contract, Evidence(evidence.root, reports))[test] == "failed"


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("privacy", {"personal": ("age",)}),
        ("data", {"slices": ("age",)}),
        ("data", {"key": ("person", "age")}),
        ("data", {"group": "age"}),
    ],
)
def test_a_feature_that_is_barred_fails_d4(
    passing: tuple[Contract, Evidence], section: str, change: dict[str, Any]
) -> None:
    contract, evidence = passing
    barred = getattr(contract, section).model_copy(update=change)
    assert statuses(contract, evidence)["D4"] == "passed"
    assert statuses(contract.model_copy(update={section: barred}), evidence)["D4"] == "failed"


def test_a_model_grows_too_old_the_day_after_its_age(passing: tuple[Contract, Evidence]) -> None:
    contract, evidence = passing
    version = (evidence.root / "models/CURRENT").read_text("utf-8").strip()
    manifest = json.loads((evidence.root / f"models/{version}/manifest.json").read_text("utf-8"))
    last = date.fromisoformat(manifest["created"][:10]) + timedelta(contract.service.max_age_days)
    assert statuses(contract, evidence, last)["O4"] == "passed"
    assert statuses(contract, evidence, last + timedelta(1))["O4"] == "failed"


def test_a_release_that_keeps_no_record_fails_o6(copy: Workshop) -> None:
    paths = Paths(copy.root)
    contract, evidence = Contract.load(paths.contract), gathered(paths)
    assert statuses(contract, evidence)["O6"] == "passed"
    (record,) = (copy.root / "models").glob("*/record.json")
    record.unlink()
    assert statuses(contract, evidence)["O6"] == "failed"


def commit(project: Workshop) -> None:
    """Put the project into a repository of its own."""
    owner = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false")
    clone.git(["init", "--quiet"], project.root)
    clone.git(["add", "contract.toml", "src", "CODEOWNERS"], project.root)
    clone.git([*owner, "commit", "--quiet", "--no-verify", "-m", "all"], project.root)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda project: project.edit("contract.toml", r"^available = .*$", "available = 0.9"),
        lambda project: (project.root / "src/more.py").write_text("", "utf-8"),
        lambda project: (project.root / "CODEOWNERS").write_text("", "utf-8"),
    ],
    ids=["an edit", "a new file", "no reviewer"],
)
def test_an_unreviewed_specification_fails_m1(
    copy: Workshop, spoil: Callable[[Workshop], object]
) -> None:
    commit(copy)
    paths = Paths(copy.root)
    contract = Contract.load(paths.contract)
    assert statuses(contract, gathered(paths))["M1"] == "passed"
    spoil(copy)
    assert statuses(contract, gathered(paths))["M1"] == "failed"


def test_a_study_that_did_not_run_or_is_old_is_no_point(copy: Workshop) -> None:
    paths = Paths(copy.root)
    contract = Contract.load(paths.contract)
    assert statuses(contract, gathered(paths))["O5"] == "not run"
    assert copy("study", "--alone", "stability").code == 0
    assert statuses(contract, gathered(paths))["O5"] == "passed"
    copy.edit("contract.toml", r"^seed = 7$", "seed = 8")
    assert statuses(contract, gathered(paths))["O5"] == "stale"
