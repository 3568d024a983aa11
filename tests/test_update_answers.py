"""What a project answered stays answered, and what a template asks anew has a default."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from conftest import Modelwright
from updating import ANSWERS, START, Team, Template, append, at, line, move, remove, swap, write

from modelwright import render
from modelwright.core.errors import Stop

CHANGE = at("text.md", line(3, "theirs"))


def made(root: Path, files: dict[str, str] | None = None, **answers: str) -> tuple[Template, Team]:
    template = Template(root / "template", {**START, **(files or {})})
    return template, Team(root / "team", template, **answers)


def answers(team: Team) -> dict[str, object]:
    return yaml.safe_load(team.read(".copier-answers.yml"))


def test_an_answer_that_names_the_package_renames_it_with_my_edits(tmp_path: Path):
    template, team = made(tmp_path)
    team.edit(at("churn/main.py", line(3, "mine")), at("churn/own.py", write("own\n")))
    template.release("v2.0.0", at("{{ package }}/main.py", line(15, "theirs")))

    team.update(given={"package": "radar"})

    assert {"mine", "theirs"} < set(team.read("radar/main.py").splitlines())
    assert team.read("radar/data/deep.txt")
    assert "own" in team.read("radar/own.py")
    assert not (team / "churn").exists()


def test_an_answer_can_change_without_a_new_version(tmp_path: Path):
    _, team = made(tmp_path)
    team.update(given={"package": "radar"})
    assert (team / "radar/main.py").exists()


def test_a_part_is_switched_off_and_on_and_what_i_edited_of_it_is_kept(tmp_path: Path):
    extra = {
        "copier.yml": START["copier.yml"] + "serving: true\n",
        "{% if serving %}serve.py{% endif %}": START["text.md"],
        "{% if serving %}client.py{% endif %}": START["other.md"],
    }
    _, team = made(tmp_path, extra)
    team.edit(at("serve.py", line(3, "mine")))

    done = team.update(given={"serving": "false"}, commit=True)

    assert done.outlook.merged.verdicts["serve.py"] == "kept"
    assert "mine" in team.read("serve.py")
    assert not (team / "client.py").exists()
    done = team.update(given={"serving": "true"})
    assert (team / "client.py").exists()
    assert "mine" in team.read("serve.py")


def test_a_new_question_takes_its_default_without_a_terminal(tmp_path: Path):
    template, team = made(tmp_path)
    template.release(
        "v2.0.0",
        at("copier.yml", append("colour: blue\n")),
        at("c.txt.jinja", write("{{ colour }}")),
    )
    team.update()
    assert team.read("c.txt") == "blue"


def test_at_a_terminal_only_what_is_new_is_asked(tmp_path: Path):
    template, team = made(tmp_path, package="radar")
    template.release("v2.0.0", at("copier.yml", append("colour: blue\n")))
    asked: list[str] = []

    def reply(question: render.Question) -> str:
        (tmp_path / "asked").open("a").write(question.name + "\n")
        return "red"

    team.update(reply=reply)

    assert not asked
    assert (tmp_path / "asked").read_text() == "colour\n"
    assert answers(team)["colour"] == "red"
    assert answers(team)["package"] == "radar"


def test_a_question_that_is_gone_is_said(tmp_path: Path):
    template, team = made(tmp_path, {"copier.yml": START["copier.yml"] + "colour: blue\n"})
    template.release("v2.0.0", CHANGE, at("copier.yml", swap("colour: blue\n", "")))
    done = team.update()
    assert any("asks for `colour` no more" in each for each in done.outlook.said)
    assert "theirs" in team.read("text.md")


def test_an_answer_that_is_none_any_more_gives_way_to_the_default_and_is_said(tmp_path: Path):
    question = "licence: {type: str, choices: [MIT, GPL], default: MIT}\n"
    template, team = made(tmp_path, {"copier.yml": START["copier.yml"] + question}, licence="GPL")
    template.release("v2.0.0", at("copier.yml", swap("MIT, GPL", "MIT, Apache")))
    done = team.update()
    assert answers(team)["licence"] == "MIT"
    assert any("-d licence=" in each for each in done.outlook.said)


def test_a_new_question_without_default_is_named(modelwright: Modelwright, tmp_path: Path):
    template, team = made(tmp_path)
    template.release("v2.0.0", at("copier.yml", append("colour: {type: str}\n")))
    done = modelwright("update", team.folder)
    assert (done.exit, done.out) == (2, "")
    assert "-d colour=" in done.err
    assert modelwright("update", team.folder, "-d", "colour=red").exit == 0


def test_a_secret_that_is_recorded_nowhere_stays_as_it_is(tmp_path: Path):
    extra = {
        "copier.yml": START["copier.yml"] + "key: {type: str, secret: true, default: none}\n",
        "settings.ini.jinja": "a\nb\nc\nkey={{ key }}\nd\ne\nf\ng\n",
    }
    template, team = made(tmp_path, extra, key="hush")
    template.release("v2.0.0", at("settings.ini.jinja", swap("g\n", "theirs\n")))
    team.update()
    assert {"key=hush", "theirs"} < set(team.read("settings.ini").splitlines())
    assert "hush" not in team.read(".copier-answers.yml")


def test_what_is_drawn_by_chance_stays_as_it_was_drawn(tmp_path: Path):
    extra = {"token.txt.jinja": "a\nb\n{{ range(99999) | random }}\nc\nd\ne\n"}
    template, team = made(tmp_path, extra)
    before = team.read("token.txt")
    template.release("v2.0.0", CHANGE)
    assert "token.txt" not in team.update(commit=True).outlook.merged.verdicts
    assert team.read("token.txt") == before
    template.release("v3.0.0", at("token.txt.jinja", append("theirs\n")))
    team.update()
    assert team.read("token.txt") == before + "theirs\n"


def test_a_file_that_may_stay_is_mine_and_comes_back_where_i_deleted_it(tmp_path: Path):
    skip = {"copier.yml": START["copier.yml"] + "_skip_if_exists: [text.md, other.md]\n"}
    template, team = made(tmp_path, skip)
    team.edit(at("text.md", write("mine\n")), at("other.md", remove))
    template.release("v2.0.0", CHANGE, at("other.md", line(3, "theirs")))
    team.update()
    assert team.read("text.md") == "mine\n"
    assert "theirs" in team.read("other.md")


def test_a_file_that_is_handed_over_stays(tmp_path: Path):
    template, team = made(tmp_path)
    template.release(
        "v2.0.0", CHANGE, at("copier.yml", append("_exclude: [copier.yml, .git, other.md]\n"))
    )
    team.update()
    assert (team / "other.md").exists()


def test_a_file_that_only_a_copy_brings_is_not_the_updates_business(tmp_path: Path):
    rule = "_exclude: [copier.yml, .git, "
    rule += "\"{% if _copier_operation == 'update' %}other.md{% endif %}\"]\n"
    template, team = made(tmp_path, {"copier.yml": START["copier.yml"] + rule})
    template.release("v2.0.0", at("other.md", line(3, "theirs")))
    team.update()
    assert "theirs" not in team.read("other.md")


def test_an_answers_file_that_was_edited_by_hand_is_an_answer(tmp_path: Path):
    template, team = made(tmp_path)
    team.edit(
        at("churn/main.py", line(3, "mine")), at(".copier-answers.yml", swap("churn", "radar"))
    )
    template.release("v2.0.0", at("{{ package }}/main.py", line(15, "theirs")))
    team.update()
    assert {"mine", "theirs"} < set(team.read("radar/main.py").splitlines())
    assert not (team / "churn").exists()


def test_several_templates_in_one_project(modelwright: Modelwright, tmp_path: Path):
    template, team = made(tmp_path)
    other = Template(
        tmp_path / "other",
        {
            "copier.yml": "_answers_file: .copier-answers.docs.yml\nname: docs\n",
            ANSWERS: START[ANSWERS],
            "docs.md": START["text.md"],
        },
    )
    docs = Team(tmp_path / "docs", other)
    move("docs.md", "docs.md")(docs.folder)
    for name in ("docs.md", ".copier-answers.docs.yml"):
        (team / name).write_text(docs.read(name))
    team.commit()
    other.release("v2.0.0", at("docs.md", line(3, "theirs")))

    options = ["--answers-file", ".copier-answers.docs.yml", "--json"]
    assert modelwright("check", team.folder).exit == 0
    assert modelwright("check", team.folder, *options).exit == 1
    assert modelwright("update", team.folder, *options).exit == 0

    assert "theirs" in team.read("docs.md")
    assert "v2.0.0" in team.read(".copier-answers.docs.yml")
    assert "v1.0.0" in team.read(".copier-answers.yml")
    assert template


def test_an_older_version_is_refused(tmp_path: Path):
    template, team = made(tmp_path)
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    with pytest.raises(Stop, match=r"v1\.0\.0 is older"):
        team.update(to="v1.0.0")


def test_a_version_that_is_gone_is_said_and_nothing_is_guessed(tmp_path: Path):
    template, team = made(tmp_path)
    template.git("tag", "-d", "v1.0.0")
    template.release("v2.0.0", CHANGE)
    with pytest.raises(Stop, match=r"no version `v1\.0\.0`"):
        team.update()
    assert team.status() == ""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- a\n",
        "a: [\n",
        "\0",
        "\udce9\udcff",
        "<<<<<<< HEAD\n_commit: v1.0.0\n=======\n_commit: v2.0.0\n>>>>>>> x\n",
        "!!python/object/apply:os.system [touch ran]\n",
        "package: churn\n",
        "_src_path: /nowhere\n",
        "_src_path: /nowhere\n_commit: v1.0.0\n",
        "_commit: v1.0.0\n",
        "_src_path: [a]\n_commit: v1.0.0\n",
        "_src_path: ext::sh -c id\n_commit: v1.0.0\n",
        "_src_path: --upload-pack=id\n_commit: v1.0.0\n",
        "_src_path: {template}\n_commit: --output=ran\n",
        "_src_path: {template}\n_commit: v9.9.9\n",
        "_src_path: {template}\n_commit: 1\n",
        '_src_path: {template}\n_commit: "v1.0.0\\nHEAD"\n',
        "a: &a [b, b]\nc: &c [*a, *a, *a, *a]\nd: &d [*c, *c, *c, *c]\n",
    ],
)
def test_an_answers_file_that_cannot_be_used_is_named(tmp_path: Path, content: str):
    template, team = made(tmp_path)
    text = content.replace("{template}", str(template.folder))
    (team / ".copier-answers.yml").write_bytes(text.encode("utf-8", "surrogateescape"))
    team.commit()
    for ask in (team.update, team.verdicts, team.check):
        with pytest.raises(Stop) as stopped:
            ask()
        assert stopped.value.fix
    assert team.status() == ""
    assert not list(tmp_path.rglob("ran"))
