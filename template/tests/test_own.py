import json
import re
import runpy
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer

from acme_project import artifact
from acme_project.contract import Contract

from conftest import Workshop

STAGES = ("data", "validate", "baseline", "train", "evaluate", "gate", "package", "explain")
STAGES += ("privacy", "rehearsal", "ready")


def describe(project: Workshop) -> None:
    """Answer every question of the datasheet."""
    sheet = project.root / "docs/datasheet.md"
    answered = re.sub(r"(?m)^(## .*)$", r"\1\n\nSee Wolberg.", sheet.read_text())
    sheet.write_text(answered)


def test_another_real_table_goes_all_the_way(project: Workshop, tmp_path: Path) -> None:
    """Nothing is edited but what docs/your-data.md says: value, reason, datasheet."""
    table = tmp_path / "tumours.csv"
    load_breast_cancer(as_frame=True).frame.to_csv(table, index=False)

    assert project("data", "--from", str(table), "--label", "target", "--positive", "0").code == 0
    # Under [value] and under [cost]: nobody else can set these figures.
    settled = project.read("contract.toml").replace("placeholder = true\n", "")
    (project.root / "contract.toml").write_text(settled, "utf-8")
    project.edit("contract.toml", r'^reason = ""$', 'reason = "what the clinic does today"')
    describe(project)
    for stage in STAGES:
        answer = project(stage)
        assert answer.code == 0, answer.err
    assert "not your problem" not in answer.out + project.read("reports/index.html")
    model = artifact.load(project.root / "models")
    assert model.manifest.data.warning is None
    assert model.predict([model.manifest.example])[0].probability < 1

    project.edit("contract.toml", r"^kind = .matrix.$", 'kind = "matrix"\nplaceholder = true')
    project.edit("contract.toml", r"^reason = .*$", 'reason = ""')
    answer = project("ready")
    assert answer.code == 1
    assert "P1   red      Business metric first                [value] still" in answer.out
    assert "[baseline] gives no reason" in answer.out


def test_kinds_and_ranges_are_inferred(project: Workshop, small_table: Callable[..., Path]) -> None:
    answer = project("data", "--from", str(small_table()), "--label", "outcome")
    assert answer.code == 0
    assert "left out `id`: it numbers the rows" in answer.err
    contract = Contract.load(project.root / "contract.toml")
    assert {name: kind.kind for name, kind in contract.features.items()} == {
        "size": "number",
        "plan": "category",
    }
    assert contract.label.positive == "1"
    assert "# What this project promises" in project.read("contract.toml")


def test_personal_columns_are_left_out(project: Workshop, small_table: Callable[..., Path]) -> None:
    rows = [f"{i % 7},{i % 5}@example.com,{19400 + i % 9},{int(i % 3 == 0)}" for i in range(60)]
    table = "\n".join(["size,contact,birth_date,outcome", *rows, ""]).encode()
    answer = project("data", "--from", str(small_table(table)), "--label", "outcome")
    assert answer.code == 0
    assert "left out `contact`: it holds e-mail addresses" in answer.err
    assert "left out `birth_date`: its name says that it is personal" in answer.err
    assert "example.com" not in project.read("data/table.csv") + project.read("contract.toml")


def test_the_datasheet_asks_about_the_new_table(
    project: Workshop, small_table: Callable[..., Path]
) -> None:
    assert "RAND" in project.read("docs/datasheet.md")
    assert project("data", "--from", str(small_table()), "--label", "outcome").code == 0
    sheet = project.read("docs/datasheet.md")
    assert sheet.startswith("# Datasheet of table\n")
    assert "RAND" not in sheet
    describe(project)
    assert project("data").code == 0
    assert "See Wolberg." in project.read("docs/datasheet.md")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--label", "nope"], "has no column `nope`"),
        (["--label", "outcome", "--group", "nope"], "has no column `nope`"),
        (["--label", "plan"], "which value of `plan` is the positive one? It holds a, b"),
        (["--label", "outcome", "--positive", "7"], "one class only"),
        ([], "--from needs --label"),
    ],
)
def test_a_refused_table_changes_nothing(
    project: Workshop, small_table: Callable[..., Path], words: list[str], complaint: str
) -> None:
    before, contract = project.files(), project.read("contract.toml")
    answer = project("data", "--from", str(small_table()), *words)
    assert answer.code == 2
    assert complaint in answer.err
    assert project.read("contract.toml") == contract
    assert project.files() == before | {"table.csv"}


def test_sample_evidence_is_stale_for_your_own_data(
    copy: Workshop, small_table: Callable[..., Path]
) -> None:
    assert copy("data", "--from", str(small_table()), "--label", "outcome").code == 0
    answer = copy("ready", "--json")
    found = {each["id"]: each["status"] for each in json.loads(answer.out)["practices"]}
    assert found["P5"] == "stale"
    assert found["P6"] == "red"


def test_the_pipeline_watches_your_table(
    project: Workshop, small_table: Callable[..., Path]
) -> None:
    assert project("data", "--from", str(small_table()), "--label", "outcome").code == 0
    with chdir(project.root):
        tasks = runpy.run_path("dodo.py")["task_stages"]()
        first = next(task for task in tasks if task["basename"] == "data")
    assert "data/own/table.csv" in first["file_dep"]
