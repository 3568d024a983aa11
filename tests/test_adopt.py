"""A repository that stands already comes onto a template, and nothing of it is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from baking import INNER, Crufted, Oven, cookiecut
from conftest import Modelwright
from updating import ANSWERS, LINES, START, Team, Template, append, at, line, remove, swap, write

from modelwright.adopt import Adopted, Way, adopt, preview
from modelwright.core.errors import Stop
from modelwright.core.lineage import Maker
from modelwright.drift import check, edits
from modelwright.landing import Landed
from modelwright.project import Request
from modelwright.render import Question
from modelwright.update import take_back, update

PYPROJECT = """
[project]
name = "churn-radar"
description = "Who will leave us"
requires-python = ">=3.10"
license = "MIT"
dependencies = ["pandas>=2", "scikit-learn"]
"""
MINE = {
    "pyproject.toml": PYPROJECT,
    "README.md": "# Mine\n",
    "src/radar/__init__.py": "",
    "src/radar/train.py": "print('mine')\n",
    "tests/test_train.py": "def test_it(): pass\n",
    ".gitlab-ci.yml": "test: {script: pytest}\n",
}
# The same template ported to Copier, which calls one answer otherwise and asks another.
PORTED = {
    **{path.replace("{{ package }}", "{{ module_name }}"): text for path, text in START.items()},
    "copier.yml": "module_name: {type: str}\nlicence: {type: str, default: MIT}\n",
    "text.md": LINES.replace("line 3\n", "theirs\n"),
    "new.md.jinja": "{{ licence }}\n",
}


def standing(folder: Path, files: dict[str, str]) -> Team:
    """Return a repository that somebody made by hand."""
    team = object.__new__(Team)
    team.folder = folder
    folder.mkdir()
    for path, text in files.items():
        write(text)(folder / path)
    team.git("init", "--quiet", "--initial-branch=main")
    team.commit("start")
    return team


def adopted(team: Team, template: Template, maker: Maker = Maker.AUTO, **way: bool) -> Adopted:
    request = Request(template=str(template.folder))
    return adopt(team.folder, request, Way(maker, **way), Landed(commit=True))


@pytest.fixture
def ported(tmp_path: Path) -> Template:
    return Template(tmp_path / "ported", PORTED)


@pytest.fixture
def mine(tmp_path: Path) -> Team:
    return standing(tmp_path / "mine", MINE)


def test_what_is_made_by_hand_stays_and_the_templates_files_come_beside_it(
    modelwright: Modelwright, mine: Team
):
    done = modelwright("adopt", mine.folder, "--commit", "--json")
    found = json.loads(done.out)

    assert (done.exit, found["maker"], found["conflicts"]) == (0, "none", [])
    stays = [".gitlab-ci.yml", "README.md", "pyproject.toml", "src/radar/__init__.py"]
    assert found["kept"] == [*stays, "src/radar/train.py"]
    assert {path: mine.read(path) for path in MINE} == MINE
    assert (mine / "src/radar/cli.py").exists()
    assert not (mine / ".github").exists()
    assert found["detected"] == {
        "name": "churn-radar",
        "package": "radar",
        "description": "Who will leave us",
        "python": "3.10",
        "licence": "MIT",
        "ci": "gitlab",
        "tests": "tests",
        "dependencies": ["pandas", "scikit-learn"],
    }
    answers = {"title": "Churn Radar", "command": "churn-radar", "package": "radar", "ci": "gitlab"}
    assert answers.items() <= found["answers"].items()
    assert set(found["practices"].values()) <= {"holds", "findings"}


def test_it_is_an_ordinary_project_from_then_on(modelwright: Modelwright, mine: Team):
    modelwright("adopt", mine.folder, "--commit")

    assert modelwright("check", mine.folder).out == "current: template 0.1.0\n"
    assert modelwright("update", mine.folder).out.startswith("nothing to do")
    shown = modelwright("diff", mine.folder).out
    assert "edited    README.md" in shown
    assert "+# Mine" in shown
    again = modelwright("adopt", mine.folder)
    assert (again.exit, "fix: modelwright update" in again.err) == (2, True)


def test_later_versions_reach_what_was_adopted(tmp_path: Path, ported: Template):
    team = standing(tmp_path / "team", {"text.md": "mine\n", "churn/__init__.py": ""})
    adopted(team, ported)
    assert (team.read("text.md"), team.read("churn/main.py")) == (
        "mine\n",
        START["{{ package }}/main.py"],
    )
    ported.release("v2.0.0", at("other.md", line(3, "second")))

    done = update(team.folder, Request(), Landed(commit=True))

    assert done.outlook.merged.verdicts["other.md"] == "updated"
    assert not done.outlook.merged.stages
    assert team.read("text.md") == "mine\n"


@pytest.mark.parametrize("maker", [Maker.AUTO, Maker.CRUFT])
def test_what_cruft_made_keeps_its_edits_and_gets_what_the_template_has_now(
    tmp_path: Path, ported: Template, maker: Maker
):
    oven = Oven(tmp_path / "oven")
    oven.release("v1.1.0", at(f"{INNER}/gone.md", write("gone")))
    team = Crufted(tmp_path / "team", oven)
    team.edit(
        at("text.md", line(18, "mine")),
        at("churn/main.py", append("mine\n")),
        at("own.py", write("own\n")),
    )

    done = adopted(team, ported, maker)

    merged = done.updated.outlook.merged
    assert done.updated.outlook.lineage.maker is Maker.CRUFT
    assert merged.verdicts == {
        ".copier-answers.yml": "added",
        ".cruft.json": "deleted",
        "gone.md": "kept",
        "new.md": "added",
        "text.md": "merged",
    }
    assert team.read("text.md") == LINES.replace("line 3\n", "theirs\n").replace("line 18", "mine")
    assert (team / "churn/main.py").read_text().endswith("mine\n")
    assert "module_name: churn" in team.read(".copier-answers.yml")
    assert check(team.folder, Request()).current
    assert edits(team.folder, Request()).files["churn/main.py"] == "edited"
    assert not update(team.folder, Request(), Landed()).written


def test_what_only_the_former_template_brought_stays_unless_it_is_pruned(
    tmp_path: Path, ported: Template
):
    oven = Oven(tmp_path / "oven")
    oven.release("v1.1.0", at(f"{INNER}/gone.md", write(LINES)), at(f"{INNER}/mine.md", write("")))
    team = Crufted(tmp_path / "team", oven)
    team.edit(at("mine.md", write("edited")))
    files = team.git("ls-files")

    done = adopted(team, ported, prune=True)

    assert done.updated.outlook.merged.paths("deleted") == [".cruft.json", "gone.md"]
    assert team.read("mine.md") == "edited"
    take_back(team.folder)
    assert team.git("ls-files") == files
    adopted(team, ported)
    assert team.read("gone.md") == LINES


def test_what_git_was_told_to_ignore_is_ignored_still(tmp_path: Path):
    oven = Oven(tmp_path / "oven")
    oven.release("v1.1.0", at(f"{INNER}/.gitignore", write("*.pyc\n/secrets\n!/secrets/kept\n")))
    team = Crufted(tmp_path / "team", oven)
    new = Template(tmp_path / "new", {**PORTED, ".gitignore": "*.log\n*.pyc\n"})

    adopted(team, new)

    assert team.read(".gitignore") == "*.log\n*.pyc\n/secrets\n!/secrets/kept\n"


def test_what_the_former_template_brought_makes_room_for_the_new_ones(tmp_path: Path):
    oven = Oven(tmp_path / "oven")
    oven.release("v1.1.0", at(f"{INNER}/docs", write("old")), at(f"{INNER}/Notes.md", write("n")))
    team = Crufted(tmp_path / "team", oven)
    new = Template(tmp_path / "new", {**PORTED, "docs/new.md": "new\n", "NOTES.md": "new\n"})

    adopted(team, new)

    assert (team.read("docs/new.md"), team.read("NOTES.md")) == ("new\n", "new\n")
    assert "Notes.md" not in team.git("ls-files")


def test_a_folder_of_a_repository_is_adopted_alone(tmp_path: Path, ported: Template):
    whole = standing(tmp_path / "whole", {"text.md": "outside\n", "part/text.md": "inside\n"})
    request = Request(template=str(ported.folder), given={"module_name": "churn"})

    adopt(whole / "part", request, Way(), Landed(commit=True))

    assert (whole.read("text.md"), whole.read("part/text.md")) == ("outside\n", "inside\n")
    assert whole.read("part/new.md") == "MIT\n"
    assert not (whole / "new.md").exists()
    assert check(whole / "part", Request()).current


@pytest.mark.slow
def test_what_kedros_own_template_made_is_adopted(modelwright: Modelwright, tmp_path: Path):
    """The template is the one in kedro's wheel, which cookiecutter renders."""
    uv = str(Path(sys.executable).parent / "uv")
    install = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        tmp_path / "wheel",
        "kedro",
    ]
    subprocess.run(install, check=True)
    template = standing(tmp_path / "template", {})
    shutil.copytree(tmp_path / "wheel/kedro/templates/project", template.folder, dirs_exist_ok=True)
    template.commit("1.0.0")
    home = Path(modelwright.environment["HOME"])
    options = ["--accept-hooks", "no", "project_name=My Churn", "kedro_version=1.0.0"]
    team = cookiecut(template.folder, tmp_path / "made", home, *options)
    edited = {"README.md": swap("# My Churn", "# Ours"), "src/my_churn/own.py": write("own = 1\n")}
    team.edit(*(at(path, edit) for path, edit in edited.items()))
    former = set(team.git("ls-files").splitlines())

    done = modelwright("adopt", team.folder, "--commit", "--json")
    found = json.loads(done.out)

    assert (done.exit, found["maker"], found["conflicts"]) == (0, "cookiecutter", [])
    assert {"title": "My Churn", "package": "my_churn"}.items() <= found["answers"].items()
    assert any("hooks were not run" in each for each in found["warnings"])
    assert former <= set(team.git("ls-files").splitlines())
    assert "# Ours" in team.read("README.md")
    assert team.read("src/my_churn/own.py") == "own = 1\n"
    assert team.status() == ""  # kedro's secrets and data are ignored still
    assert modelwright("check", team.folder).exit == 0
    assert modelwright("update", team.folder).out.startswith("nothing to do")


def test_what_cookiecutter_made_is_found_by_its_replay_file(
    modelwright: Modelwright, tmp_path: Path, ported: Template
):
    oven = Oven(tmp_path / "oven")
    home = Path(modelwright.environment["HOME"])
    team = cookiecut(oven.folder, tmp_path / "made", home)
    team.edit(at("text.md", line(18, "mine")))

    done = modelwright("adopt", team.folder, "--template", ported.folder, "--json")
    found = json.loads(done.out)

    assert (done.exit, found["maker"], found["from"], found["to"]) == (
        0,
        "cookiecutter",
        "v1.0.0",
        "v1.0.0",
    )
    assert found["verdicts"]["text.md"] == "merged"
    assert "mine" in team.read("text.md")


def test_another_copier_template_is_the_base(tmp_path: Path, ported: Template):
    team = Team(tmp_path / "team", Template(tmp_path / "template"), package="radar")
    team.edit(at("text.md", line(18, "mine")))
    before = team.git("rev-parse", "HEAD")

    done = adopt(team.folder, Request(template=str(ported.folder)), Way(), Landed())

    assert done.updated.outlook.merged.verdicts["text.md"] == "merged"
    assert "module_name: radar" in team.read(".copier-answers.yml")
    assert take_back(team.folder) in before
    assert team.status() == ""
    done = adopted(team, ported)
    assert check(team.folder, Request()).current
    ported.release("v2.0.0", at("text.md", line(10, "later")))
    assert update(team.folder, Request(), Landed(commit=True)).written
    assert "later" in team.read("text.md")


def test_the_stored_base_serves_where_the_former_template_is_gone(tmp_path: Path, ported: Template):
    template = Template(tmp_path / "template")
    team = Team(tmp_path / "team", template)
    template.release("v2.0.0", at("text.md", line(10, "second")))
    team.update(commit=True)
    team.edit(at("text.md", line(18, "mine")))
    shutil.rmtree(template.folder)

    merged = adopted(team, ported).updated.outlook.merged

    assert (merged.verdicts["text.md"], dict(merged.stages)) == ("merged", {})
    assert team.read("text.md") == LINES.replace("line 3\n", "theirs\n").replace("line 18", "mine")


def test_only_what_the_repository_does_not_tell_is_asked(tmp_path: Path, mine: Team):
    def reply(question: Question) -> str:
        assert question.name == "owner"
        return "Ada"

    text = "package: {type: str}\nlicence: {type: str}\nowner: {type: str}\n"
    template = Template(tmp_path / "template", {**START, "copier.yml": text})

    request = Request(template=str(template.folder), reply=reply)
    done = preview(mine.folder, request, Way())

    assert dict(done.answers) == {"package": "radar", "licence": "MIT", "owner": "Ada"}


def test_a_conflict_is_said_and_no_commit_holds_it(tmp_path: Path, ported: Template):
    team = Crufted(tmp_path / "team", Oven(tmp_path / "oven"))
    team.edit(at("text.md", line(3, "mine")))
    head = team.git("rev-parse", "HEAD")

    done = adopted(team, ported)

    assert [*done.updated.outlook.merged.stages] == ["text.md"]
    assert not done.updated.written
    assert (team.status(), team.git("rev-parse", "HEAD")) == ("", head)


def test_a_dry_run_says_it_all_and_writes_nothing(
    modelwright: Modelwright, mine: Team, ported: Template
):
    mine.edit(at("text.md", write("mine\n")), at("sub", write("a file\n")))
    refs = mine.git("for-each-ref")

    done = modelwright("adopt", mine.folder, "--template", ported.folder, "--dry-run")

    assert done.exit == 0
    assert done.out.startswith("made by hand -> template v1.0.0: 6 added, 1 kept, 1 left out\n")
    assert "  kept      text.md\n" in done.out
    assert "sub/uv.lock" in done.err
    assert done.out.endswith("next: the same command without --dry-run\n")
    assert (mine.status(), mine.git("for-each-ref")) == ("", refs)


def test_a_branch_leaves_the_work_tree_alone(mine: Team, ported: Template):
    request = Request(template=str(ported.folder))
    at("README.md", append("unsaved\n"))(mine.folder)

    adopt(mine.folder, request, Way(Maker.NONE), Landed(branch="adopt"))

    assert mine.status() == " M README.md\n"
    assert "new.md" in mine.git("ls-tree", "--name-only", "adopt")
    assert mine.git("show", "adopt:README.md") == MINE["README.md"]


def test_answers_that_are_given_win_and_those_that_cannot_be_used_are_named(
    tmp_path: Path, mine: Team
):
    question = "\nlicence: {type: str, default: BSD, choices: [BSD, GPL]}\n"
    template = Template(
        tmp_path / "template", {**START, "copier.yml": "package: {type: str}" + question}
    )
    request = Request(template=str(template.folder), given={"package": "other"})

    done = preview(mine.folder, request, Way())

    assert dict(done.answers) == {"package": "other", "licence": "BSD"}
    assert done.updated.outlook.said == (
        "'MIT' cannot answer `licence`: 'BSD' is taken; choose with -d licence=...",
    )


def test_what_stands_under_a_name_in_other_letters_is_not_joined_by_a_second(
    tmp_path: Path, ported: Template
):
    team = standing(tmp_path / "team", {"Text.md": "mine\n", "Churn": "a file\n"})

    request = Request(template=str(ported.folder), given={"module_name": "churn"})
    done = adopt(team.folder, request, Way(), Landed(commit=True))

    left = done.updated.outlook.merged.paths("left out")
    assert left == ["churn/data/deep.txt", "churn/main.py", "text.md"]


def refused(team: Team, maker: Maker = Maker.AUTO, template: str = "builtin") -> Stop:
    tree, status = team.git("write-tree"), team.status()
    with pytest.raises(Stop) as stop:
        adopt(team.folder, Request(template=template), Way(maker), Landed())
    assert (team.git("write-tree"), team.status()) == (tree, status)
    return stop.value


def test_work_that_is_not_committed_is_refused(mine: Team):
    at("README.md", append("unsaved\n"))(mine.folder)
    assert "README.md" in refused(mine).what


def test_a_file_that_git_does_not_keep_is_never_overwritten(mine: Team, ported: Template):
    write("mine\n")(mine / "text.md")
    assert "text.md" in refused(mine, template=str(ported.folder)).what


def test_a_maker_that_recorded_nothing_is_refused(mine: Team):
    assert refused(mine, Maker.CRUFT).what == "the repository records nothing of cruft"


def test_a_base_that_cannot_be_had_is_no_guess_and_can_be_done_without(
    tmp_path: Path, ported: Template
):
    oven = Oven(tmp_path / "oven")
    team = Crufted(tmp_path / "team", oven)
    shutil.rmtree(oven.folder)
    assert "--from none" in refused(team, template=str(ported.folder)).fix

    request = Request(template=str(ported.folder), given={"module_name": "churn"})
    done = adopt(team.folder, request, Way(Maker.NONE), Landed(commit=True))

    assert team.read("text.md") == LINES
    assert done.updated.outlook.merged.verdicts["text.md"] == "kept"


def test_a_version_that_is_gone_is_no_guess_either(tmp_path: Path, ported: Template):
    template = Template(tmp_path / "template")
    team = Team(tmp_path / "team", template)
    template.git("tag", "--delete", "v1.0.0")
    assert "--from none" in refused(team, template=str(ported.folder)).fix


def test_a_template_that_is_no_repository_is_refused(tmp_path: Path, mine: Team):
    stop = refused(mine, template=str(tmp_path))
    assert "git repository" in stop.fix


def test_a_template_that_a_policy_does_not_list_is_not_looked_at(
    modelwright: Modelwright, tmp_path: Path, ported: Template
):
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[templates]\ntrusted = ["{ported.folder}"]\n')
    team = Crufted(tmp_path / "team", Oven(tmp_path / "oven"))

    done = modelwright("adopt", team.folder, "--template", ported.folder, "--policy", policy)

    assert (done.exit, f"does not trust the template `{tmp_path / 'oven'}`" in done.err) == (
        2,
        True,
    )
    assert f"{policy}:2" in done.err


def test_a_template_that_records_no_answers_is_refused(tmp_path: Path, mine: Team):
    template = Template(tmp_path / "template")
    template.release("v2.0.0", at(ANSWERS, remove))
    assert "records no answers" in refused(mine, template=str(template.folder)).what


def test_a_template_with_code_needs_trust(tmp_path: Path, mine: Team):
    template = Template(tmp_path / "template")
    template.release("v2.0.0", at("copier.yml", append("_tasks: [touch hacked]\n")))
    assert "trust" in refused(mine, template=str(template.folder)).fix
    assert not (mine / "hacked").exists()


def test_what_is_no_repository_is_refused(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("adopt", tmp_path)
    assert (done.exit, "git init" in done.err) == (2, True)
