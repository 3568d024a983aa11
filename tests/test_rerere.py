"""A conflict that was settled once is settled alike the next time, here and by the whole team."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Modelwright
from updating import Team, Template, at, line, swap, write

from modelwright import update

MARKED = "line 2\n<<<<<<< modelwright/yours\nmine\n=======\ntheirs\n>>>>>>> modelwright/template-"


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path / "template")


@pytest.fixture
def team(tmp_path: Path, template: Template) -> Team:
    return conflicting(tmp_path / "team", template)


def conflicting(folder: Path, template: Template) -> Team:
    team = Team(folder, template)
    team.edit(at("text.md", line(3, "mine")))
    return team


def settle(team: Team, text: str = "ours and theirs") -> None:
    """Settle the conflict of line 3, and commit."""
    before, _, rest = team.read("text.md").partition("<<<<<<< ")
    after = rest.partition(">>>>>>> ")[2].partition("\n")[2]
    write(f"{before}{text}\n{after}")(team / "text.md")
    team.commit()


def settled_once(template: Template, team: Team, **request: Any) -> None:
    template.release("v2.0.0", at("text.md", line(3, "theirs")))
    assert team.update(**request).outlook.merged.stages
    settle(team)
    assert team.update(**request).outlook.current  # which learns it


def again(team: Team) -> None:
    """Bring the team back to before the update, as in a branch that has not had it."""
    team.git("checkout", "--quiet", "-B", "again", "HEAD~1")


def test_the_same_conflict_is_settled_as_before_and_the_update_says_so(
    modelwright: Modelwright, template: Template, team: Team
):
    settled_once(template, team)
    again(team)

    done = modelwright("update", team.folder, "--json")

    assert done.exit == 0
    assert json.loads(done.out)["verdicts"]["text.md"] == "resolved as before"
    assert "`text.md` was resolved as before; --no-rerere" in done.err
    assert "line 2\nours and theirs\nline 4\n" in team.read("text.md")


def test_what_was_resolved_as_before_is_previewed_and_taken_back(template: Template, team: Team):
    settled_once(template, team)
    again(team)
    mine = team.read("text.md")
    assert team.verdicts()["text.md"] == "resolved as before"
    assert team.read("text.md") == mine
    team.update()
    update.take_back(team.folder)
    assert team.read("text.md") == mine
    assert team.status() == ""


def test_a_preview_already_knows_what_was_just_settled(template: Template, team: Team):
    template.release("v2.0.0", at("text.md", line(3, "theirs")))
    team.update()
    settle(team)
    team.git("checkout", "--quiet", "-b", "again", "HEAD~1")
    team.git("merge", "--quiet", "--no-edit", "-s", "ours", "main")
    template.release("v3.0.0", at("other.md", line(3, "theirs")))
    assert team.verdicts()["text.md"] == "resolved as before"


def test_another_repository_of_the_team_settles_it_alike(
    tmp_path: Path, modelwright: Modelwright, template: Template, team: Team
):
    second = conflicting(tmp_path / "second", template)
    second.edit(at("text.md", line(15, "also mine")))
    shared = tmp_path / "shared"
    settled_once(template, team, shared=shared)

    done = modelwright("update", second.folder, "--resolutions", shared, "--commit", "--json")

    assert json.loads(done.out)["verdicts"]["text.md"] == "resolved as before"
    assert "line 2\nours and theirs\nline 4\n" in second.read("text.md")
    assert "also mine" in second.read("text.md")


def test_what_one_repository_knew_already_is_shared_later(
    tmp_path: Path, template: Template, team: Team
):
    second = conflicting(tmp_path / "second", template)
    settled_once(template, team)
    team.update(shared=tmp_path / "shared")
    assert not second.update(shared=tmp_path / "shared").outlook.merged.stages


def test_another_conflict_stays_one(template: Template, team: Team):
    settled_once(template, team)
    again(team)
    team.edit(at("text.md", swap("mine", "something else")))
    assert team.update().outlook.merged.stages.keys() == {"text.md"}


def test_a_file_with_a_known_and_an_unknown_conflict_is_left_to_the_team(
    template: Template, team: Team
):
    settled_once(template, team)
    again(team)
    team.edit(at("text.md", line(15, "mine")))
    template.release("v3.0.0", at("text.md", line(15, "theirs")))

    assert team.update().outlook.merged.stages.keys() == {"text.md"}


def test_who_wants_to_settle_it_otherwise_is_asked_and_remembered(template: Template, team: Team):
    settled_once(template, team)
    again(team)
    assert team.update(rerere=False).outlook.merged.stages
    assert MARKED in team.read("text.md")
    settle(team, "another way")
    team.update()
    again(team)

    team.update()

    assert "line 2\nanother way\nline 4\n" in team.read("text.md")


def test_an_update_that_was_taken_back_teaches_nothing(template: Template, team: Team):
    template.release("v2.0.0", at("text.md", line(3, "theirs")))
    team.update()
    update.take_back(team.folder)
    team.edit(at("text.md", line(3, "no update at all")))
    again(team)
    assert team.update().outlook.merged.stages


def test_conflicts_that_were_settled_on_a_branch_count(template: Template, team: Team):
    template.release("v2.0.0", at("text.md", line(3, "theirs")))
    update.update(team.folder, update.Request(), update.Landed(branch="new", allow_conflicts=True))
    team.git("checkout", "--quiet", "new")
    settle(team)
    team.update()
    team.git("checkout", "--quiet", "main")
    assert not team.update().outlook.merged.stages


def test_the_teams_own_git_is_left_as_it_is(template: Template, team: Team):
    settled_once(template, team)
    assert not (team / ".git/rr-cache").exists()
