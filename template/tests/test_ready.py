import json

import pytest

from acme_project.cli import source_of

from conftest import Workshop

# Without a service nobody hears how a prediction turned out.
MEASURED = {f"P{number}" for number in range(1, 11)} - (set() if source_of("serve") else {"P8"})


def statuses(project: Workshop, code: int) -> dict[str, str]:
    answer = project("ready", "--json")
    assert answer.code == code
    return {each["id"]: each["status"] for each in json.loads(answer.out)["practices"]}


def red(project: Workshop) -> set[str]:
    return {name for name, status in statuses(project, 1).items() if status == "red"}


def test_only_what_is_measured_is_green(copy: Workshop) -> None:
    found = statuses(copy, 0)
    assert list(found) == [f"P{number}" for number in range(1, 11)]
    assert {name for name, status in found.items() if status == "green"} == MEASURED
    score = json.loads(copy.read("reports/readiness.json"))["ml_test_score"]["score"]
    assert score == (3 if source_of("serve") else 2)


@pytest.mark.parametrize(
    ("old", "new", "practices"),
    [
        (r"^sentence = .*$", 'sentence = " "', "P1"),
        (r"^data_scientist = .*$", 'data_scientist = ""', "P1 P4"),
        (r"^artifact_mb = .*$", "artifact_mb = 0.001", "P5"),
        (r"^p95_ms = .*$", "p95_ms = 0.0001", "P5"),
        (r"^memory_mb = .*$", "memory_mb = 1.0", "P5"),
        (r"^train_s = .*$", "train_s = 0.0001", "P5"),
        (r"^reason = .*$", 'reason = ""', "P6"),
        (r"^noticeable = .*$", "noticeable = 5.0", "P2"),
        (r"^\[cost\]$", "[cost]\nplaceholder = true", "P2"),
        (r"^required = .*$", "required = 0.8", "P6 P8"),
    ],
)
def test_a_violation_turns_its_practice_red(
    copy: Workshop, old: str, new: str, practices: str
) -> None:
    copy.edit("contract.toml", old, new)
    assert red(copy) == set(practices.split())


def test_evidence_of_another_contract_is_stale(copy: Workshop) -> None:
    copy.edit("contract.toml", r"^cost = 40.0$", "cost = 41.0")
    found = statuses(copy, 0)
    assert {found["P1"], found["P5"], found["P6"]} == {"stale"}


def test_evidence_of_another_table_is_stale(copy: Workshop) -> None:
    sample = copy.root / "data/sample/rand-hie.csv.gz"
    sample.write_bytes(sample.read_bytes() + b"\0")
    assert statuses(copy, 0)["P6"] == "stale"


def test_nothing_is_green_before_anything_ran(project: Workshop) -> None:
    found = statuses(project, 0)
    assert (found.pop("P4"), found.pop("P9")) == ("green", "green")
    assert set(found.values()) == {"missing"}


def test_words_of_the_contract_stay_words(copy: Workshop) -> None:
    hostile = "<script>alert(1)</script> | [x](javascript:y) $x$ {{ 7*7 }}"
    copy.edit("contract.toml", r"^title = .*$", f"title = '{hostile}'")
    copy.edit("contract.toml", r"^unit = .*$", "unit = '<b>$&'")
    assert copy("package").code == 0
    assert copy("ready").code == 0
    page = copy.read("reports/index.html")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; | [x](javascript:y) $x$ {{ 7*7 }}" in page
    card = copy.read(f"models/{copy.read('models/CURRENT').strip()}/model-card.md")
    assert r"\<script\>" in card
    assert r"\[x\](javascript:y)" in card
