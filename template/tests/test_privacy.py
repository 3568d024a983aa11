import csv
import gzip
import io
import json
from collections.abc import Callable

import pytest

from acme_project.contract import Contract
from acme_project.privacy import identified, said, text

from conftest import AS_SHIPPED, Workshop

SAMPLE = "data/sample/rand-hie.csv.gz"
RAW = {"person": {str(number) for number in range(125024, 125124)}, "family": {"1", "17"}}


def rewrite(project: Workshop, change: Callable[[int, dict[str, str]], None]) -> None:
    """Change the rows of the source, each with its number."""
    path = project.root / SAMPLE
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    for number, row in enumerate(rows):
        change(number, row)
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(made.getvalue().encode()))


def found(project: Workshop) -> list[str]:
    """What the stage finds wrong, and nothing is."""
    answer = project("privacy")
    faults = json.loads(project.read("reports/privacy.json"))["faults"]
    assert answer.code == (1 if faults else 0)
    return faults


def test_the_sample_its_model_and_its_page_are_clean(copy: Workshop) -> None:
    assert found(copy) == []
    looked_at = json.loads(copy.read("reports/privacy.json"))["looked_at"]
    assert looked_at["ids"] == ["person", "family"]
    version = copy.read("models/CURRENT").strip()
    expected = {"reports/index.html", "reports/evaluate.json", f"models/{version}/model.onnx"}
    assert expected <= set(looked_at["documents"])


def test_an_address_in_free_text_is_found(copy: Workshop) -> None:
    def write(number: int, row: dict[str, str]) -> None:
        row["income"] = f"ask jane.doe{number}@example.com" if number in (7, 4000) else "unknown"

    rewrite(copy, write)
    copy.edit("contract.toml", r'^slices = \["sex", "race"\]', 'slices = ["sex", "race", "income"]')
    assert copy("data").code == 0
    assert found(copy) == [
        "column `income` holds e-mail addresses (2 different ones)",
        "reports/data.json holds e-mail addresses (2 different ones)",
    ]


def test_ids_under_another_name_are_found(copy: Workshop) -> None:
    def write(_: int, row: dict[str, str]) -> None:
        row["income"] = row["person"]

    rewrite(copy, write)
    copy.edit("contract.toml", r'^slices = \["sex", "race"\]', 'slices = ["sex", "race", "income"]')
    assert copy("data").code == 0
    assert found(copy) == [
        "column `income` holds ids of `person` that are no pseudonyms",
        "reports/data.json holds ids of `person`",
    ]


def test_ids_that_get_no_pseudonyms_are_found(copy: Workshop) -> None:
    copy.edit(
        "src/acme_project/pseudonyms.py",
        r"^    made = frame.copy\(\)$",
        "    return frame",
    )
    assert copy.start("data").code == 0
    assert found(copy) == [
        "column `person` holds ids of `person` that are no pseudonyms",
        "column `family` holds ids of `family` that are no pseudonyms",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            r'^personal = \["person"',
            'personal = ["age", "person"',
            "`age` is personal by [privacy]",
        ),
        (r"^age = ", 'last_name = { kind = "category", levels = ["x"] }\nage = ', "is named like"),
    ],
)
def test_a_personal_feature_is_found(copy: Workshop, old: str, new: str, fault: str) -> None:
    copy.edit("contract.toml", old, new)
    (only,) = found(copy)
    assert fault in only


@pytest.mark.parametrize(
    "document",
    [
        '{"person": "125030"}',
        '{"family": 17}',
        "ids: 125024 125025 125026 125027 125028",
    ],
)
def test_a_document_with_ids_is_found(document: str) -> None:
    assert list(identified(document, RAW))


@pytest.mark.parametrize("document", ['{"rows": 125030}', "0.125024", "17", '{"age": 17}'])
def test_numbers_that_are_ids_by_chance_are_not(document: str) -> None:
    assert not list(identified(document, RAW))


def test_what_the_contract_says_of_its_own_people_is_no_secret() -> None:
    contract = (AS_SHIPPED / "contract.toml").read_text("utf-8")
    named = Contract.parse(contract.replace("@platform", "ops@example.com"))
    assert not list(said("owner: ops@example.com", named))
    assert list(said("owner: jane@example.com", named))


def test_archives_and_graphs_are_read_through(copy: Workshop) -> None:
    folder = copy.root / "models" / copy.read("models/CURRENT").strip()
    assert "LogisticRegression" in text((folder / "pipeline.skops").read_bytes())
    assert "probabilities" in text((folder / "model.onnx").read_bytes())
