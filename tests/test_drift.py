"""`check` says whether a project is current, `diff` what the team changed; both write nothing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from conftest import Modelwright, tree
from updating import LINES, Edit, Team, Template, append, at, line, move, remove, swap, write

from modelwright import drift, update
from modelwright.core.errors import Stop
from modelwright.project import Request

CHANGE = at("text.md", line(3, "theirs"))


def test_check_knows_what_would_change_and_what_would_conflict(
    modelwright: Modelwright, template: Template, team: Team
):
    assert modelwright("check", team.folder).exit == 0
    team.edit(at("text.md", line(3, "mine")))
    template.release("v2.0.0", CHANGE, at("other.md", line(3, "theirs")))
    before = tree(team.folder)

    done = modelwright("check", team.folder, "--json")

    assert done.exit == 1
    assert json.loads(done.out) == {
        "current": False,
        "version": "v1.0.0",
        "latest": "v2.0.0",
        "would_change": [".copier-answers.yml", "other.md", "text.md"],
        "conflicts": ["text.md"],
        "unforeseen": None,
    }
    assert tree(team.folder) == before


def test_a_second_check_of_the_same_commits_finds_the_same_and_a_new_commit_is_looked_at(
    template: Template, team: Team
):
    template.release("v2.0.0", CHANGE)
    first = drift.check(team.folder, Request())
    assert drift.check(team.folder, Request()) == first
    team.edit(at("text.md", line(3, "mine")))
    assert drift.check(team.folder, Request()).conflicts == ("text.md",)


def test_a_quiet_check_compares_versions_and_renders_nothing(
    modelwright: Modelwright, template: Template, team: Team
):
    assert modelwright("check", team.folder, "--quiet").exit == 0
    template.release("v2.0.0", at("copier.yml", write("a: [\n")))
    done = modelwright("check", team.folder, "--quiet")
    assert done.exit == 1
    assert done.out.splitlines()[0] == "behind: template v1.0.0, the latest is v2.0.0"
    document = json.loads(modelwright("check", team.folder, "--quiet", "--json").out)
    assert (document["current"], document["would_change"]) == (False, [])
    assert document["unforeseen"] == "only versions were compared"


def test_check_never_calls_current_what_it_could_not_reach(
    modelwright: Modelwright, template: Template, team: Team
):
    template.folder.rename(template.folder.with_name("gone"))
    done = modelwright("check", team.folder)
    assert (done.exit, done.out) == (2, "")
    assert str(template.folder) in done.err


def test_check_says_what_a_template_that_wants_to_run_code_keeps_it_from_knowing(
    template: Template, team: Team
):
    template.release("v2.0.0", at("copier.yml", append("_jinja_extensions: [os.path]\n")))
    found = drift.check(team.folder, Request())
    assert not found.current
    assert "jinja_extensions" in found.unforeseen


def test_tasks_do_not_keep_check_from_knowing(tmp_path: Path, template: Template, team: Team):
    tasks = f'_tasks: ["touch {tmp_path}/ran"]\n'
    template.release("v2.0.0", CHANGE, at("copier.yml", append(tasks)))
    assert "text.md" in drift.check(team.folder, Request()).would_change
    assert not (tmp_path / "ran").exists()


def test_diff_has_a_status_for_each_file(modelwright: Modelwright, team: Team):
    assert modelwright("diff", team.folder).exit == 0
    team.edit(
        at("text.md", line(3, "mine")),
        at("other.md", remove),
        move("churn/main.py", "churn/app.py"),
        at("mine.md", write("mine\n")),
    )

    done = modelwright("diff", team.folder, "--json")

    found = json.loads(done.out)
    assert done.exit == 1
    assert found["files"] == {
        "churn/app.py": "moved",
        "churn/data/deep.txt": "pristine",
        "mine.md": "added",
        "other.md": "deleted",
        "run.sh": "pristine",
        "sub/uv.lock": "pristine",
        "text.md": "edited",
    }
    assert "+mine" in found["patch"]


def test_files_of_the_team_alone_are_no_difference(team: Team):
    team.edit(at("mine.md", write("mine\n")))
    assert not drift.edits(team.folder, Request()).edited


def test_diff_shows_what_would_come(modelwright: Modelwright, template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    done = modelwright("diff", team.folder, "--incoming")
    assert done.exit == 1
    assert "+theirs" in done.out
    assert team.status() == ""


def test_a_dry_run_shows_the_conflict_with_its_sides(
    modelwright: Modelwright, template: Template, team: Team
):
    team.edit(at("text.md", line(3, "mine")))
    template.release("v2.0.0", CHANGE)
    done = modelwright("update", team.folder, "--dry-run")
    assert done.exit == 1
    assert "+<<<<<<< modelwright/yours" in done.out
    assert "+>>>>>>> modelwright/template-v2.0.0" in done.out
    assert team.status() == ""


def test_one_command_heals_a_file(team: Team):
    pristine = team.read("text.md")
    team.edit(at("text.md", write("neither this nor that\n")))

    drift.heal(team.folder, "text.md", Request())

    assert team.read("text.md") == pristine
    assert team.status() == "M  text.md\n"
    update.take_back(team.folder)
    assert team.read("text.md") == "neither this nor that\n"


def test_a_file_that_is_not_the_templates_is_not_healed(team: Team):
    team.edit(at("mine.md", write("mine\n")))
    with pytest.raises(Stop, match=r"has no `mine\.md`"):
        drift.heal(team.folder, "mine.md", Request())


def half_done(template: Template, team: Team) -> None:
    """Record an update that reached one of three files."""
    template.release("v2.0.0", CHANGE, at("other.md", line(3, "theirs")), at("new.md", write("n")))
    team.edit(
        at("text.md", line(3, "theirs")),
        at("other.md", line(15, "mine")),
        swap_version("v1.0.0", "v2.0.0"),
    )


def swap_version(old: str, new: str) -> Edit:
    return at(".copier-answers.yml", swap(old, new))


def test_a_file_that_a_recorded_update_did_not_reach_is_adrift(
    modelwright: Modelwright, template: Template, team: Team
):
    half_done(template, team)

    done = modelwright("diff", team.folder, "--json")

    assert done.exit == 1
    found = json.loads(done.out)
    states = {path: found["files"][path] for path in ("text.md", "other.md", "new.md", "run.sh")}
    assert states == {
        "text.md": "pristine", "other.md": "adrift", "new.md": "adrift", "run.sh": "pristine"
    }  # fmt: skip
    assert found["adrift"].keys() == {"other.md", "new.md"}


def test_the_command_that_diff_names_heals_a_file_that_is_adrift(
    modelwright: Modelwright, template: Template, team: Team
):
    half_done(template, team)
    said = modelwright("diff", team.folder, "--summary").out
    commands = [line.removeprefix("heal: ") for line in said.splitlines() if "heal: " in line]
    for command in commands:
        assert modelwright(*shlex.split(command)[1:]).exit == 0
        team.commit()
    assert len(commands) == 2
    assert modelwright("diff", team.folder).exit == 0


def test_an_edit_a_deletion_and_a_conflict_settled_otherwise_are_not_adrift(
    template: Template, team: Team
):
    team.edit(at("text.md", line(3, "mine")), at("run.sh", line(9, "mine")))
    template.release(
        "v2.0.0", CHANGE, at("other.md", line(3, "theirs")), at("new.md", write("new\n"))
    )
    team.update()
    team.edit(at("text.md", write(LINES.replace("line 3\n", "mine\n"))))
    team.edit(at("other.md", line(15, "mine")), at("new.md", remove), at("run.sh", remove))

    found = drift.edits(team.folder, Request())

    assert found.adrift == ()
    assert {found.files[path] for path in ("new.md", "run.sh")} == {"deleted"}
    assert {found.files[path] for path in ("text.md", "other.md")} == {"edited"}
