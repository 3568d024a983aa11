"""The command itself: exit codes, what it prints, and what it does before it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Modelwright
from updating import Team, Template, append, at, line, swap, write

from modelwright.core import changes
from modelwright.core.errors import Stop
from modelwright.project import Request
from modelwright.update import Landed, update

CHANGE = at("text.md", line(3, "theirs"))


def test_what_it_did_as_json(modelwright: Modelwright, template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    done = modelwright("update", team.folder, "--commit", "--json")

    found = json.loads(done.out)
    assert done.exit == 0
    assert (found["from"], found["to"], found["written"]) == ("v1.0.0", "v2.0.0", True)
    assert {"path": "text.md", "change": "updated"} in found["changed"]
    assert found["conflicts"] == found["renamed"] == found["deleted"] == found["kept"] == []
    assert found["verdicts"]["text.md"] == "updated"
    assert found["undo"] == f"modelwright update --undo {team.folder}"
    again = modelwright("update", team.folder, "--json")
    assert (again.exit, json.loads(again.out)["written"]) == (0, False)


def test_conflicts_are_said_with_what_the_template_says_about_them(
    modelwright: Modelwright, template: Template, team: Team
):
    team.edit(at("text.md", line(3, "mine")))
    notes = "# Changes\n\n## 2.0.0\n\n- theirs is better\n\n## 1.0.0\n\n- first\n"
    rule = "_exclude: [copier.yml, .git, CHANGELOG.md]\n"
    template.release(
        "v2.0.0", CHANGE, at("CHANGELOG.md", write(notes)), at("copier.yml", append(rule))
    )
    done = modelwright("update", team.folder)

    assert done.exit == 1
    assert "theirs is better" in done.out
    assert "- first" not in done.out
    assert "settle: git mergetool text.md\n" in done.out


def test_conflicts_are_never_committed_and_reach_a_branch_with_consent_only(
    modelwright: Modelwright, template: Template, team: Team
):
    team.edit(at("text.md", line(3, "mine")))
    template.release("v2.0.0", CHANGE)
    head = team.git("rev-parse", "HEAD")
    for option in (["--commit"], ["--branch", "new"]):
        done = modelwright("update", team.folder, *option)
        assert (done.exit, team.status()) == (1, "")
        assert team.git("rev-parse", "HEAD") == head
        assert "new" not in team.git("branch")
    assert modelwright("update", team.folder, "--branch", "new", "--allow-conflicts").exit == 1
    assert "With conflicts in text.md" in team.git("log", "-1", "--format=%B", "new")


@pytest.mark.parametrize("options", [[], ["--commit"], ["--branch", "new"]])
def test_a_red_check_writes_nothing(
    modelwright: Modelwright, template: Template, team: Team, options: list[str]
):
    template.release("v2.0.0", CHANGE)
    done = modelwright(
        "update",
        "--verify",
        "grep -q theirs text.md && echo looked && false",
        team.folder,
        *options,
    )
    assert done.exit == 1
    assert "looked" in done.err
    assert team.status() == ""
    assert "new" not in team.git("branch")
    assert len(team.git("worktree", "list").splitlines()) == 1


def test_a_green_check_lets_it_be_written(template: Template, team: Team):
    team.edit(at("Makefile", write("check:\n\tgrep -q theirs text.md\n")))
    template.release("v2.0.0", CHANGE)
    done = update(team.folder, Request(), Landed(verify=""))
    assert done.verified
    assert done.verified.command == "make check"
    assert done.written


def test_a_project_without_checks_has_to_name_one(template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    with pytest.raises(Stop, match="no checks of its own"):
        update(team.folder, Request(), Landed(verify=""))
    assert team.status() == ""


def test_another_source_needs_consent(tmp_path: Path, template: Template, team: Team):
    other = Template(tmp_path / "other")
    other.release("v2.0.0", CHANGE)
    swapped = swap(str(template.folder), str(other.folder))
    team.edit(at(".copier-answers.yml", swapped))
    with pytest.raises(Stop, match="the template of this project was"):
        team.update()
    assert team.status() == ""

    team.update(template=str(other.folder), commit=True)
    assert "theirs" in team.read("text.md")
    other.release("v3.0.0", at("text.md", line(4, "later")))
    team.update()
    assert "later" in team.read("text.md")


def test_a_tag_that_moved_is_not_taken_for_what_was_rendered(template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    template.git("tag", "-d", "v2.0.0")
    template.release("v2.0.0", at("text.md", line(3, "moved")))
    template.release("v3.0.0", at("text.md", line(4, "later")))
    done = team.update()
    assert not done.outlook.merged.stages
    assert {"moved", "later"} < set(team.read("text.md").splitlines())


def test_what_is_stored_stands_in_for_a_version_that_is_gone(template: Template, team: Team):
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    team.edit(at("text.md", line(15, "mine")))
    remade = Template(template.folder.with_name("remade"))
    remade.release("v3.0.0", CHANGE, at("text.md", line(4, "later")))
    template.folder.rename(template.folder.with_name("gone"))
    remade.folder.rename(template.folder)

    done = team.update()

    assert {"theirs", "mine", "later"} < set(team.read("text.md").splitlines())
    assert any("cannot be rendered again" in each for each in done.outlook.said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("v1.0.0", "v2.0.0", "## [2.0.0] - today\n\nb"), ("1", "2.0.0", "## [2.0.0] - today\n\nb")],
)
def test_a_changelog_is_read_between_two_versions(old: str, new: str, said: str):
    text = "# C\n\n## [2.0.0] - today\n\nb\n\n## 1.0.0\n\na\n"
    assert changes.between(text, old, new) == said


HOSTILE = {
    "task": ("copier.yml", '_tasks: ["touch {root}/ran"]\n'),
    "migration": ("copier.yml", '_migrations: ["touch {root}/ran"]\n'),
    "extension": ("copier.yml", "_jinja_extensions: [antigravity.X]\n"),
    "parent": ("copier.yml", "_subdirectory: ..\n"),
    "include": ("a.txt.jinja", "{{% include '../../../etc/passwd' %}}"),
    "outside": ("{{{{ '..' }}}}/escaped.txt", "x"),
    "hook": ("{{{{ '.Git' }}}}/hooks/pre-commit", "x"),
    "escape": ("a.txt.jinja", "{{{{ ''.__class__.__mro__ }}}}"),
    "environment": ("a.txt.jinja", "{{{{ '$HOME' | expandvars }}}}"),
    "folder": ("a.txt.jinja", "{{{{ '/etc/*' | fileglob }}}}"),
    "memory": ("a.txt.jinja", "{{{{ 'x' * 10 ** 11 }}}}"),
    "loop": (
        "a.txt.jinja",
        "{{% for a in range(99999) %}}{{% for b in range(99999) %}}{{% endfor %}}{{% endfor %}}",
    ),
    "case": ("TEXT.md", "x"),
    "name": ("con.txt", "x"),
    "broken": ("a.txt.jinja", "{{% if %}}"),
    "number": ("a.txt.jinja", "{{{{ 1 / 0 }}}}"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_version_is_refused_and_nothing_is_written(
    tmp_path: Path, template: Template, team: Team, kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MODELWRIGHT_RENDER_SECONDS", "2")
    path, text = (part.format(root=tmp_path) for part in HOSTILE[kind])
    add = append(text) if path == "copier.yml" else write(text)
    template.release("v2.0.0", CHANGE, at(path, add))

    with pytest.raises(Stop) as stopped:
        team.update()

    assert stopped.value.fix
    assert team.status() == ""
    assert not (tmp_path / "ran").exists()


def test_a_link_that_leaves_the_template_is_refused(tmp_path: Path, template: Template, team: Team):
    (tmp_path / "secret").write_text("s")
    template.release("v2.0.0", lambda root: (root / "link").symlink_to(tmp_path / "secret"))
    with pytest.raises(Stop):
        team.update()
    assert team.status() == ""


def test_a_trusted_template_migrates_beside_the_project(template: Template, team: Team):
    team.edit(at("text.md", line(3, "mine")))
    steps = (
        "_migrations:\n"
        "- command: git mv -f text.md moved.md 2>/dev/null || mv text.md moved.md\n"
        "  when: \"{{ _stage == 'before' }}\"\n"
        "- echo {{ _version_to }} > migrated.txt\n"
    )
    template.release(
        "v2.0.0",
        at("copier.yml", append(steps)),
        lambda root: (root / "text.md").rename(root / "moved.md"),
        at("moved.md", line(15, "theirs")),
    )
    with pytest.raises(Stop, match="migrations"):
        team.update()
    assert team.status() == ""

    team.update(trusted=True)

    assert {"mine", "theirs"} < set(team.read("moved.md").splitlines())
    assert team.read("migrated.txt") == "v2.0.0\n"
    assert not (team / "text.md").exists()
