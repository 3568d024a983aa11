"""Projects of cruft and cookiecutter are updated like any other, and stay theirs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from baking import INNER, PACKAGE, VARIABLES, Crufted, Oven, as_cruft
from conftest import Modelwright
from test_update_scenarios import ROWS, ended_as_declared
from updating import Template, at, line, link, remove, swap, write

from modelwright.core.errors import Stop
from modelwright.drift import check, edits, heal
from modelwright.project import Request
from modelwright.render import Question
from modelwright.update import take_back

CHANGE = at(f"{INNER}/text.md", line(3, "theirs"))


@pytest.fixture
def template(tmp_path: Path) -> Oven:
    return Oven(tmp_path / "template")


@pytest.fixture
def team(tmp_path: Path, template: Oven) -> Crufted:
    return Crufted(tmp_path / "team", template)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_nothing_is_lost(template: Oven, team: Crufted, name: str):
    row = ROWS[name]

    def inside(root: Path) -> None:
        package = root / INNER / PACKAGE
        package.rename(root / INNER / "{{ package }}")
        row.template(root / INNER)
        (root / INNER / "{{ package }}").rename(package)

    team.edit(row.user)
    template.release("v2.0.0", inside)

    expected = team.verdicts()
    done = team.update()

    ended_as_declared(row, team, done, expected)
    assert team.state["commit"] == template.git("rev-parse", "HEAD").strip()
    team.commit()
    assert not team.update().written
    assert team.status() == ""


def test_the_record_is_as_cruft_writes_it_and_keeps_what_it_does_not_know(
    tmp_path: Path, template: Oven
):
    team = Crufted(tmp_path / "team", template, answers={"name": "Ünïcode"}, theirs={"a": [1]})
    before = team.state
    template.release("v2.0.0", CHANGE, template.ask(licence="MIT"))

    team.update()

    commit = template.git("rev-parse", "HEAD").strip()
    mark = team.state["_modelwright"]
    answers = {"name": "Ünïcode", "slug": "unicode", "package": "churn", "licence": "MIT"}
    tools = {"_template": str(template.folder), "_commit": commit}
    expected = {**before, "commit": commit, "context": {"cookiecutter": {**answers, **tools}}}
    assert team.read(".cruft.json") == as_cruft({**expected, "_modelwright": mark})
    assert mark["commit"] == commit


def test_what_cruft_did_meanwhile_makes_our_store_worthless(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    template.release("v3.0.0", at(f"{INNER}/text.md", line(3, "third")))
    state = {**team.state, "commit": template.git("rev-parse", "HEAD").strip()}
    team.edit(at("text.md", line(3, "third")), at(".cruft.json", write(as_cruft(state))))
    template.release("v4.0.0", at(f"{INNER}/text.md", line(3, "fourth")))

    assert team.update().outlook.merged.stages == {}
    assert "fourth" in team.read("text.md")


ASKED = {
    **VARIABLES,
    "licence": ["MIT", "BSD", "{{ cookiecutter.package }}"],
    "docker": True,
    "size": 3,
    "deps": {"numpy": {"min": "2"}},
    "_tags": ["one"],
    "__loud": "{{ cookiecutter.name|upper }}",
}
SHOWN = (
    "{{cookiecutter.licence}} {{cookiecutter.docker}} {{cookiecutter.size}} "
    "{{cookiecutter.deps|jsonify(None)}} {{cookiecutter._tags}} {{cookiecutter.__loud}}\n"
)


def shown(tmp_path: Path, **answers: Any) -> tuple[Oven, Crufted]:
    template = Oven(tmp_path / "template", ASKED, at(f"{INNER}/shown.md", write(SHOWN)))
    return template, Crufted(tmp_path / "team", template, answers=answers)


def test_recorded_answers_of_every_kind_are_kept(tmp_path: Path):
    given = {
        "licence": "{{ cookiecutter.package }}",
        "docker": False,
        "size": "7",
        "deps": {"scipy": {"min": "1"}},
    }
    template, team = shown(tmp_path, **given)
    template.release("v2.0.0", at(f"{INNER}/shown.md", write("v2 " + SHOWN)))

    team.update()

    deps = '{"numpy": {"min": "2"}, "scipy": {"min": "1"}}'
    assert team.read("shown.md") == f"v2 churn False 7 {deps} ['one'] MY CHURN\n"
    assert team.state["context"]["cookiecutter"]["docker"] is False


@pytest.mark.parametrize(
    ("name", "answer", "shown_as"),
    [
        ("licence", "BSD", "BSD True 3"),
        ("docker", "no", "MIT False 3"),
        ("size", "9", "MIT True 9"),
        ("deps", '{"numpy": {"max": "3"}}', '"max": "3"'),
    ],
)
def test_a_new_answer_counts(tmp_path: Path, name: str, answer: str, shown_as: str):
    template, team = shown(tmp_path)
    template.release("v2.0.0", CHANGE)

    team.update(given={name: answer})

    assert shown_as in team.read("shown.md")
    assert "theirs" in team.read("text.md")


@pytest.mark.parametrize(
    ("name", "answer", "why"),
    [
        ("licence", "GPL", "none of MIT, BSD, churn"),
        ("docker", "perhaps", "neither yes nor no"),
        ("deps", "[1]", "no mapping"),
        ("license", "MIT", "did you mean `licence`"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(tmp_path: Path, name: str, answer: str, why: str):
    template, team = shown(tmp_path)
    template.release("v2.0.0", CHANGE)

    with pytest.raises(Stop) as stopped:
        team.update(given={name: answer})
    assert why in f"{stopped.value.what} {stopped.value.fix}"
    assert team.status() == ""


def test_a_choice_that_is_gone_gives_way_to_the_default_and_is_said(tmp_path: Path):
    template, team = shown(tmp_path, licence="BSD")
    template.release("v2.0.0", template.ask(licence=["Apache", "MIT"]))

    done = team.update()

    assert any("'BSD' cannot answer `licence`" in said for said in done.outlook.said)
    assert team.read("shown.md").startswith("Apache ")


def test_only_new_variables_are_asked_at_a_terminal(tmp_path: Path):
    template, team = shown(tmp_path)
    labels = {"__prompt__": "Which cloud?", "aws": "Amazon"}
    template.release("v2.0.0", template.ask(cloud=["none", "aws"], __prompts__={"cloud": labels}))

    def reply(question: Question) -> str:
        met = (question.name, question.reason, question.default, question.choices)
        assert met == ("cloud", "Which cloud?", "none", (("none", "none"), ("Amazon", "aws")))
        assert question.complain("gcp")
        return "aws"

    team.update(reply=reply)

    assert team.state["context"]["cookiecutter"]["cloud"] == "aws"


def test_private_variables_are_the_new_versions(tmp_path: Path):
    template, team = shown(tmp_path)
    template.release(
        "v2.0.0",
        template.ask(_tags=["two"], __loud="<{{ cookiecutter.name }}>"),
        template.ask(_copy_without_render=["*.html"]),
        at(f"{INNER}/page.html", write("{{ cookiecutter.name }}\n")),
    )

    team.update()

    assert team.read("shown.md").endswith("['two'] <My Churn>\n")
    assert team.read("page.html") == "{{ cookiecutter.name }}\n"


def test_an_answer_is_never_evaluated(template: Oven, team: Crufted):
    state = team.state
    state["context"]["cookiecutter"]["name"] = "{{ 7 * 7 }}"
    team.edit(at(".cruft.json", write(as_cruft(state))))
    template.release("v2.0.0", at(f"{INNER}/name.md", write("{{ cookiecutter.name }}\n")))

    team.update()

    assert team.read("name.md") == "{{ 7 * 7 }}\n"


def test_what_is_drawn_or_dated_is_no_change(tmp_path: Path):
    drawn = "{{ random_ascii_string(30) }} {{ uuid4() }} {% now 'utc', '%Y' %}\n"
    template = Oven(tmp_path / "template", VARIABLES, at(f"{INNER}/drawn.md", write(drawn)))
    team = Crufted(tmp_path / "team", template)
    team.edit(at("drawn.md", swap(str(datetime.now(UTC).year), "2019")))
    before = team.read("drawn.md")
    template.release("v2.0.0", CHANGE)

    team.update()

    assert team.read("drawn.md") == before


def test_a_template_in_a_folder_of_a_repository(tmp_path: Path, template: Oven):
    nested = "kinds/ml"
    template.release(
        "v1.1.0", at(".", lambda root: (root / nested).mkdir(parents=True)), *moved(nested)
    )
    team = Crufted(tmp_path / "team", template, directory=nested)
    template.release("v2.0.0", at(f"{nested}/{INNER}/text.md", line(3, "theirs")))

    team.update()

    assert "theirs" in team.read("text.md")
    assert team.state["directory"] == nested


def moved(nested: str) -> list[Any]:
    return [
        lambda root, name=name: (root / name).rename(root / nested / name)
        for name in ("cookiecutter.json", INNER)
    ]


def test_what_cruft_skips_is_left_alone(tmp_path: Path, template: Oven):
    team = Crufted(tmp_path / "team", template, skip=["text.md", "churn/data", "docs/*.md"])
    team.edit(at("pyproject.toml", write('[tool.cruft]\nskip = ["run.sh"]\n')))
    template.release(
        "v2.0.0",
        CHANGE,
        at(f"{INNER}/{PACKAGE}/data/deep.txt", remove),
        at(f"{INNER}/{PACKAGE}/data/more.txt", write("more\n")),
        at(f"{INNER}/docs/a.md", write("a\n")),
        at(f"{INNER}/docs/a.txt", write("a\n")),
        at(f"{INNER}/run.sh", line(3, "theirs")),
        at(f"{INNER}/other.md", line(3, "theirs")),
    )

    changed = {path for path in team.update().outlook.merged.verdicts if path[0] != "."}

    assert changed == {"docs/a.txt", "other.md"}
    assert team.state["skip"] == ["text.md", "churn/data", "docs/*.md"]


@pytest.mark.parametrize("pattern", ["../**/*", "/etc", "", ".", "[a]"])
def test_a_skip_never_reaches_out_of_the_rendering(tmp_path: Path, template: Oven, pattern: str):
    team = Crufted(tmp_path / "team", template, skip=[pattern])
    template.release("v2.0.0", CHANGE)

    team.update()

    assert (template / f"{INNER}/text.md").exists()


@pytest.mark.parametrize(
    ("checkout", "to"), [(None, "main"), ("main", "main"), ("dev", "dev"), ("v1.0.0", "v2.0.0")]
)
def test_the_branch_or_the_releases_are_followed(
    tmp_path: Path, template: Oven, checkout: str | None, to: str
):
    template.git("branch", "dev")
    team = Crufted(tmp_path / "team", template, checkout=checkout)
    template.release("v2.0.0", CHANGE)
    at(f"{INNER}/other.md", line(3, "unreleased"))(template.folder)
    template.commit()
    template.git("checkout", "--quiet", "dev")
    at(f"{INNER}/other.md", line(3, "developed"))(template.folder)
    template.commit()
    template.git("checkout", "--quiet", "main")

    assert not team.check().current
    team.update(commit=True)

    assert team.state["commit"] == template.git("rev-parse", f"{to}^{{commit}}").strip()
    assert team.state["checkout"] == (to if checkout else None)
    assert team.check().current


def test_a_version_that_is_asked_for_is_recorded(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE)
    template.release("v3.0.0", at(f"{INNER}/other.md", line(3, "theirs")))

    done = team.update(to="v2.0.0", commit=True)

    assert (done.outlook.lineage.version, done.outlook.version) == ("v1.0.0", "v2.0.0")
    assert team.state["checkout"] == "v2.0.0"
    found = team.check()
    assert (found.version, found.latest, found.current) == ("v2.0.0", "v3.0.0", False)


def test_a_skip_that_is_no_pattern_is_refused(tmp_path: Path, template: Oven):
    team = Crufted(tmp_path / "team", template, skip=["a**b"])
    template.release("v2.0.0", CHANGE)

    with pytest.raises(Stop, match=r"a\*\*b"):
        team.update()


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\ncruft = 3", "[tool.cruft]\nskip = 3", "["])
def test_a_pyproject_whose_skip_cannot_be_read_is_refused(template: Oven, team: Crufted, text: str):
    team.edit(at("pyproject.toml", write(text)))
    template.release("v2.0.0", CHANGE)

    with pytest.raises(Stop, match=r"pyproject\.toml"):
        team.update()


def test_what_the_team_changed_and_what_is_healed(team: Crufted):
    team.edit(at("text.md", line(3, "mine")), at("other.md", remove), at("own.md", write("own\n")))

    found = edits(team.folder, Request())
    statuses = {path: each for path, each in found.files.items() if each != "pristine"}
    assert statuses == {"text.md": "edited", "other.md": "deleted", "own.md": "added"}
    assert heal(team.folder, "text.md", Request()) == "v1.0.0"
    assert "mine" not in team.read("text.md")


def test_what_check_and_update_say_as_json(template: Oven, team: Crufted, modelwright: Modelwright):
    template.release("v2.0.0", CHANGE)

    found = json.loads(modelwright("check", team.folder, "--json").out)
    done = json.loads(modelwright("update", team.folder, "--json").out)

    assert (found["version"], found["latest"], found["current"]) == ("v1.0.0", "v2.0.0", False)
    assert found["would_change"] == [".cruft.json", "text.md"]
    assert (done["from"], done["to"], done["conflicts"]) == ("v1.0.0", "v2.0.0", [])
    assert done["verdicts"] == {".cruft.json": "updated", "text.md": "updated"}


def test_an_update_is_undone(template: Oven, team: Crufted):
    before = team.read(".cruft.json")
    template.release("v2.0.0", CHANGE)
    team.update()

    take_back(team.folder)

    assert team.status() == ""
    assert team.read(".cruft.json") == before


def test_a_project_in_a_folder_of_a_repository(tmp_path: Path, template: Oven):
    whole = Template(tmp_path / "whole", {"README.md": "whole\n"})
    team = Crufted(tmp_path / "team", template, skip=["other.md"])
    remove(team / ".git")
    team.folder = team.folder.rename(tmp_path / "whole" / "service")
    whole.commit()
    team.edit(at("text.md", line(15, "mine")))
    template.release("v2.0.0", CHANGE, at(f"{INNER}/other.md", line(3, "theirs")))

    verdicts = team.update().outlook.merged.verdicts

    assert verdicts == {"service/.cruft.json": "updated", "service/text.md": "merged"}
    assert {"mine", "theirs"} <= set(team.read("text.md").split())


def test_a_template_that_is_mirrored_is_read_offline(tmp_path: Path, template: Oven):
    bundle = tmp_path / "template.bundle"
    template.git("bundle", "create", "--quiet", bundle, "HEAD", "--all")
    team = Crufted(tmp_path / "team", template, template=str(bundle))
    template.release("v2.0.0", CHANGE)
    assert team.check().current
    template.git("bundle", "create", "--quiet", bundle, "HEAD", "--all")

    assert check(team.folder, Request(offline=True)).current
    assert not team.check().current
    bundle.write_bytes(b"")
    assert team.update(offline=True).written
    assert "theirs" in team.read("text.md")


def test_a_version_that_is_gone_is_taken_from_the_store_or_refused(
    tmp_path: Path, template: Oven, team: Crufted, monkeypatch: pytest.MonkeyPatch
):
    fresh = Crufted(tmp_path / "fresh", template)
    template.release("v2.0.0", CHANGE)
    team.update(commit=True)
    gone = template.git("rev-parse", "HEAD").strip()
    rewritten = tmp_path / "rewritten"
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")  # else they may be the same
    Oven(rewritten).release("v3.0.0", CHANGE, at(f"{INNER}/other.md", line(3, "third")))
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    remove(template.folder)
    rewritten.rename(template.folder)
    assert template.git("rev-parse", "HEAD").strip() != gone

    done = team.update()

    assert any("cannot be rendered again" in said for said in done.outlook.said)
    assert "third" in team.read("other.md")
    assert done.outlook.merged.stages == {}
    with pytest.raises(Stop, match="has no version"):
        fresh.update()


def test_copiers_answers_come_first_where_both_record(template: Oven, team: Crufted):
    team.edit(at(".copier-answers.yml", write("_src_path: nowhere\n_commit: v1\n")))
    template.release("v2.0.0", CHANGE)

    with pytest.raises(Stop, match="nowhere"):
        team.update()
    assert team.update(file=".cruft.json").written


def test_what_cookiecutter_renders_is_pristine(tmp_path: Path):
    template = Oven(
        tmp_path / "template",
        {**VARIABLES, "_copy_without_render": ["raw", "*.tmpl"], "_new_lines": ""},
        at("templates/head.md", write("# {{ cookiecutter.name }}\n")),
        at(f"{INNER}/included.md", write("{% include 'head.md' %}end")),
        at(f"{INNER}/{PACKAGE}/logo.bin", write(bytes(range(256)))),
        at(f"{INNER}/windows.txt", write("{{ cookiecutter.name }}\r\nend\r\n")),
        at(f"{INNER}/run.py", write("#!/usr/bin/env python\n", 0o755)),
        at(f"{INNER}/raw/{PACKAGE}.md", write("{{ nothing }}\n")),
        at(f"{INNER}/{PACKAGE}.tmpl", write("{{ nothing }}\n")),
        at(f"{INNER}/{{% if cookiecutter.name == 'no' %}}no.md{{% endif %}}", write("no\n")),
        at(f"{INNER}/Ünïcode.md", write("{{ cookiecutter.name|slugify }} ünïcode\n")),
        at(f"{INNER}/text.md", remove),
        at(f"{INNER}/text.md", link("other.md")),
    )
    team = Crufted(tmp_path / "team", template)

    found = edits(team.folder, Request())

    assert set(found.files.values()) == {"pristine"}
    assert {"included.md", f"raw/{PACKAGE}.md", "churn.tmpl", "Ünïcode.md"} <= found.files.keys()
    assert "no.md" not in found.files


def test_a_record_that_ran_ahead_of_the_files_is_drift(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE)
    ahead = {**team.state, "commit": template.git("rev-parse", "HEAD").strip()}
    team.edit(at(".cruft.json", write(as_cruft(ahead))))

    assert edits(team.folder, Request()).adrift == ("text.md",)
    heal(team.folder, "text.md", Request())
    assert "theirs" in team.read("text.md")


def test_a_password_in_the_address_goes_no_further(
    tmp_path: Path, template: Oven, team: Crufted, monkeypatch: pytest.MonkeyPatch
):
    address = "https://{}@example.invalid/template".format("ada:hidden")
    config = tmp_path / "gitconfig"
    person = "[user]\nname = Ada\nemail = ada@example.org\n"
    config.write_text(f'{person}[url "{template.folder}"]\ninsteadOf = {address}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    write(as_cruft({**team.state, "template": address}))(team / ".cruft.json")
    team.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    template.release("v2.0.0", CHANGE)

    assert team.update().written

    assert "theirs" in team.read("text.md")
    assert team.state["template"] == "https://example.invalid/template"
    assert "hidden" not in team.read(".cruft.json")
