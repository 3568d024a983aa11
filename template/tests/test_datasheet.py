import json

import pytest

from acme_project.datasheet import faults

from conftest import AS_SHIPPED, Workshop

SHEET = "docs/datasheet.md"


def wrong(project: Workshop) -> list[str]:
    return list(faults(project.root, json.loads(project.read("reports/data.json"))))


def test_the_sheet_that_ships_is_current(finished: Workshop) -> None:
    assert finished.read(SHEET) == (AS_SHIPPED / "datasheet.md").read_text("utf-8")
    assert wrong(finished) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (r"^# Datasheet of RAND HIE$", "# Datasheet", "the title of docs/datasheet.md does not"),
        (r"^\| rows \| .*$", "| rows | 9,000 |", "are of another table"),
        (r"^<!-- end of facts -->\n", "", "are of another table"),
        (r"^Public domain\.\n", "<!-- To do. -->", "says nothing under `Licence`"),
        (r"^## Personal data$", "## People", "says nothing under `Personal data`"),
    ],
)
def test_what_it_leaves_out_is_named(copy: Workshop, old: str, new: str, fault: str) -> None:
    copy.edit(SHEET, old, new)
    (found,) = wrong(copy)
    assert fault in found


def test_a_sheet_that_is_gone_comes_back_with_questions_alone(copy: Workshop) -> None:
    (copy.root / SHEET).unlink()
    assert wrong(copy) == ["docs/datasheet.md is missing"]
    assert copy("data").code == 0
    assert len(wrong(copy)) == 6


def test_facts_follow_the_table_and_words_stay(copy: Workshop) -> None:
    copy.edit("contract.toml", r'^slices = \["sex", "race"\]', 'slices = ["sex", "race", "income"]')
    copy.edit(SHEET, r"^Public domain\.$", "Ours.")
    assert copy("data").code == 0
    assert "`income`" in copy.read(SHEET)
    assert "Ours." in copy.read(SHEET)
    assert wrong(copy) == []
