"""What cookiecutter made without cruft is updated from the replay file that it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from baking import INNER, VARIABLES, Oven, cookiecut
from conftest import Modelwright
from updating import at, line, write

from modelwright.core.errors import Stop
from modelwright.drift import edits, heal
from modelwright.project import Request

CHANGE = at(f"{INNER}/text.md", line(3, "theirs"))
RECORD = ".cookiecutter.json"


@pytest.fixture
def template(tmp_path: Path) -> Oven:
    return Oven(tmp_path / "template")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(place / "gitconfig"))
    place.joinpath("gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    return place


@pytest.mark.parametrize("options", [[], ["--checkout", "v1.0.0"], ["--checkout", "main"]])
def test_the_replay_file_in_the_home_finds_the_version(
    tmp_path: Path, template: Oven, home: Path, options: list[str]
):
    remote = tmp_path / "remote.git"
    template.git("clone", "--quiet", "--bare", template.folder, remote)
    address = f"file://{remote}" if options else template.folder
    team = cookiecut(address, tmp_path / "teams", home, *options)
    template.release("v2.0.0", CHANGE)
    template.git("push", "--quiet", "--tags", remote, "main")
    team.edit(at("text.md", line(15, "mine")))

    assert not team.check().current
    done = team.update(commit=True)

    assert (done.outlook.lineage.version, done.outlook.version) == ("v1.0.0", "v2.0.0")
    assert {"mine", "theirs"} <= set(team.read("text.md").split())
    record = json.loads(team.read(RECORD))
    assert record["_modelwright"]["commit"] == template.git("rev-parse", "HEAD").strip()
    assert not {"_output_dir", "_repo_dir"} & record["cookiecutter"].keys()
    assert team.check().current
    assert not team.update().written


def test_a_replay_file_is_given_once_and_committed_from_then_on(
    tmp_path: Path, template: Oven, home: Path, modelwright: Modelwright
):
    team = cookiecut(template.folder, tmp_path / "teams", home)
    [replay] = home.glob(".cookiecutter_replay/*.json")
    template.release("v2.0.0", CHANGE)

    nothing = modelwright("update", team.folder, "--json")
    first = modelwright("update", team.folder, "--answers", replay, "--commit", "--json")
    replay.unlink()
    template.release("v3.0.0", at(f"{INNER}/text.md", line(4, "third")))
    second = modelwright("update", team.folder, "--commit", "--json")

    assert nothing.exit == 2
    assert "--answers" in nothing.err
    assert (first.exit, json.loads(first.out)["to"]) == (0, "v2.0.0")
    assert (second.exit, json.loads(second.out)["from"]) == (0, "v2.0.0")
    assert {"theirs", "third"} <= set(team.read("text.md").split())


def test_a_template_that_is_elsewhere_now_is_named(
    tmp_path: Path, template: Oven, home: Path, modelwright: Modelwright
):
    team = cookiecut(template.folder, tmp_path / "teams", home)
    [replay] = home.glob(".cookiecutter_replay/*.json")
    template.release("v2.0.0", CHANGE)
    moved = template.folder.rename(tmp_path / "moved")

    given = ("--answers", replay, "--template", moved)
    done = modelwright("update", team.folder, *given, "--json")

    assert done.exit == 0, done.err
    assert json.loads(team.read(RECORD))["cookiecutter"]["_template"] == str(moved)


def test_the_newest_version_that_renders_what_the_project_began_with_is_found(
    tmp_path: Path, template: Oven, home: Path
):
    template.release("v1.1.0", CHANGE)
    template.release("v1.2.0", at("README.md", write("renders nothing\n")))
    team = cookiecut(template.folder, tmp_path / "teams", home)
    team.edit(at("text.md", line(10, "mine")))
    template.release("v2.0.0", at(f"{INNER}/text.md", line(3, "newest")))

    assert team.update().outlook.lineage.version == "v1.2.0"
    assert {"mine", "newest"} <= set(team.read("text.md").split())


def test_a_version_is_never_guessed(tmp_path: Path, template: Oven, home: Path):
    team = cookiecut(template.folder, tmp_path / "teams", home)
    at("text.md", line(3, "mine"))(team.folder)
    team.git("commit", "--quiet", "--all", "--amend", "--message", "start")
    template.release("v2.0.0", at(f"{INNER}/text.md", line(4, "theirs")))

    with pytest.raises(Stop, match="which version"):
        team.update()
    assert team.status() == ""

    [replay] = home.glob(".cookiecutter_replay/*.json")
    record = json.loads(replay.read_text())
    record["cookiecutter"]["_checkout"] = "v1.0.0"
    team.edit(at(RECORD, write(json.dumps(record))))
    assert "theirs" in team.update().outlook.repo.patch("HEAD", "HEAD^") or team.status()


def test_what_another_project_replays_is_not_taken(tmp_path: Path, template: Oven, home: Path):
    cookiecut(template.folder, tmp_path / "elsewhere", home)
    [replay] = home.glob(".cookiecutter_replay/*.json")
    found = replay.read_text()
    team = cookiecut(template.folder, tmp_path / "teams", home)
    replay.write_text(found)

    with pytest.raises(Stop, match="no committed"):
        team.update()


def test_diff_and_heal_before_the_first_update(tmp_path: Path, template: Oven, home: Path):
    team = cookiecut(template.folder, tmp_path / "teams", home)
    request = Request()
    assert not edits(team.folder, request).edited

    team.edit(at("text.md", line(3, "mine")))
    found = edits(team.folder, request)
    assert {path for path, status in found.files.items() if status == "edited"} == {"text.md"}
    heal(team.folder, "text.md", request)
    assert "mine" not in team.read("text.md")


def test_a_replay_file_gives_new_answers_where_another_file_records(tmp_path: Path, home: Path):
    template = Oven(tmp_path / "template", {**VARIABLES, "licence": ["MIT", "BSD"]},
                    at(f"{INNER}/licence.md", write("{{ cookiecutter.licence }}\n")))  # fmt: skip
    team = cookiecut(template.folder, tmp_path / "teams", home)
    team.update(commit=True)
    replay = json.loads(team.read(RECORD))
    replay["cookiecutter"]["licence"] = "BSD"

    team.update(record=json.dumps(replay))

    assert team.read("licence.md") == "BSD\n"
