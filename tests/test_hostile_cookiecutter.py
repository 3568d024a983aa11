"""A cookiecutter template, or what claims to record one, that would do harm is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from baking import INNER, VARIABLES, Crufted, Oven, as_cruft
from conftest import Modelwright, tree
from updating import Edit, at, line, link, write

from modelwright.core.errors import Stop
from modelwright.drift import check, edits
from modelwright.project import Request
from modelwright.update import preview

CHANGE = at(f"{INNER}/text.md", line(3, "theirs"))
HOOK = "import pathlib\npathlib.Path({!r}).write_text('ran')\npathlib.Path('{}').touch()\n"


@pytest.fixture
def template(tmp_path: Path) -> Oven:
    return Oven(tmp_path / "template")


@pytest.fixture
def team(tmp_path: Path, template: Oven) -> Crufted:
    return Crufted(tmp_path / "team", template)


def files(folder: Path) -> dict[str, bytes]:
    """Return what is in *folder*, but for git's own."""
    return {path: each for path, each in tree(folder).items() if ".git/" not in path}


def refusal(team: Crufted, **request: Any) -> str:
    before = files(team.folder)
    with pytest.raises(Stop) as stopped:
        team.update(**request)
    assert files(team.folder) == before
    return f"{stopped.value.what} {stopped.value.why} {stopped.value.fix}"


NAMED = {**VARIABLES, "out": "x"}


@pytest.mark.parametrize(
    "out", ["../../out", "../.git/x", "{place}/out", ".git/hooks/x", "con", "a\nb", "x" * 300]
)
def test_a_name_that_leaves_the_project_or_does_not_travel(tmp_path: Path, out: str):
    place = tmp_path / "outside"
    place.mkdir()
    template = Oven(tmp_path / "template", NAMED, at(f"{INNER}/x.md", write("x\n")))
    team = Crufted(tmp_path / "team", template)
    template.release("v2.0.0", at(f"{INNER}/{{{{ cookiecutter.out }}}}.md", write("evil\n")))
    known = files(tmp_path)

    assert refusal(team, given={"out": out.format(place=place)})

    assert files(tmp_path) == known


@pytest.mark.parametrize("what", ["file", "folder", "copied"])
def test_a_link_out_of_the_template(tmp_path: Path, template: Oven, team: Crufted, what: str):
    secret = tmp_path / "secret" / "key"
    secret.parent.mkdir()
    secret.write_text("secret")
    edits: list[Edit] = [at(f"{INNER}/link", lambda path: path.symlink_to(secret.parent))]
    if what == "file":
        edits = [at(f"{INNER}/text.md", link(str(secret)))]
    if what == "copied":
        edits.append(template.ask(_copy_without_render=["link"]))
    template.release("v2.0.0", *edits)

    assert "link that leaves" in refusal(team)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cookiecutter.__init__.__globals__ }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(cookiecutter.items) }}",
        "{{ self._TemplateReference__context.environment.loader.__class__ }}",
        "{% include '../../secret' %}",
        "{{ range(10 ** 9) | list }}",
        "{{ 'x' * 10 ** 11 }}",
        "{{ undefined_name }}",
        "{% for %}",
    ],
)
def test_what_reaches_out_of_jinja(template: Oven, team: Crufted, text: str):
    template.release("v2.0.0", at(f"{INNER}/evil.md", write(text)))

    assert refusal(team)


def test_a_rendering_that_never_ends(
    template: Oven, team: Crufted, monkeypatch: pytest.MonkeyPatch
):
    loop = "{% for each in range(99999) %}"
    never = loop * 3 + "{% set x = each %}" + "{% endfor %}" * 3
    template.release("v2.0.0", at(f"{INNER}/never.md", write(never)))
    monkeypatch.setenv("MODELWRIGHT_RENDER_SECONDS", "2")

    assert "more than 2 s of CPU" in refusal(team)


def test_an_escape_in_a_default(template: Oven, team: Crufted):
    template.release("v2.0.0", template.ask(evil="{{ ''.__class__.__mro__ }}"))

    assert "cannot render the template" in refusal(team)


def test_an_extension_runs_with_trust_only(template: Oven, team: Crufted):
    source = "from cookiecutter.utils import simple_filter\n@simple_filter\ndef loud(text):\n"
    template.release(
        "v2.0.0",
        at("loudly.py", write(source + "    return text.upper()\n")),
        template.ask(_extensions=["loudly.loud", "jinja2.ext.do"]),
        at(f"{INNER}/text.md", write("{{ cookiecutter.name | loud }}\n")),
    )

    assert "jinja_extensions" in refusal(team)
    team.update(trusted=True)
    assert team.read("text.md") == "MY CHURN\n"


def test_an_extension_of_jinjas_own_needs_none(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE, template.ask(_extensions=["jinja2.ext.loopcontrols"]))

    assert team.update().written


def test_an_extension_that_is_missing_is_named(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE, template.ask(_extensions=["nowhere.Extension"]))

    assert "Unable to load extension" in refusal(team, trusted=True)


def test_hooks_run_with_trust_only_and_are_said(tmp_path: Path, template: Oven, team: Crufted):
    evidence = tmp_path / "ran"
    hook = HOOK.format(str(evidence), "by_hook.txt")
    template.release("v2.0.0", CHANGE, at("hooks/post_gen_project.py", write(hook)))

    untrusted = team.update(to="v2.0.0")
    team.git("reset", "--hard")
    ran_untrusted = evidence.exists()
    trusted = team.update(trusted=True)

    assert any("post_gen_project.py" in said for said in untrusted.outlook.said)
    assert not ran_untrusted
    assert evidence.exists()
    assert trusted.outlook.said == ()
    assert (team / "by_hook.txt").exists()


def test_looking_runs_no_hook(
    tmp_path: Path, template: Oven, team: Crufted, modelwright: Modelwright
):
    evidence = tmp_path / "ran"
    hook = HOOK.format(str(evidence), "by_hook.txt")
    template.release("v2.0.0", CHANGE, at("hooks/pre_gen_project.py", write(hook)))

    assert modelwright("check", team.folder, "--trust").exit == 1
    assert modelwright("diff", team.folder, "--incoming", "--trust").exit == 1
    assert not evidence.exists()


def test_a_hook_that_fails_writes_nothing(template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE, at("hooks/pre_gen_project.py", write("raise SystemExit(3)")))

    assert "exit status: 3" in refusal(team, trusted=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "<<<<<<< yours\n{}\n",
        "\x00\x01",
        '{"template": "x"}',
        '{"template": 3, "context": {"cookiecutter": {}}, "commit": "main"}',
        '{"template": "--upload-pack=x", "context": {"cookiecutter": {}}, "commit": "main"}',
        '{"template": "ext::sh -c x", "context": {"cookiecutter": {}}, "commit": "main"}',
        '{"template": "nowhere", "context": {"cookiecutter": {}}, "commit": "main"}',
        '{"template": "builtin", "context": {"cookiecutter": {}}, "commit": "main"}',
        '{"template": "x", "context": [], "commit": "main"}',
        '{"template": "x", "context": {}, "commit": "main"}',
        '{"template": "x", "context": {"cookiecutter": {}}, "commit": "main", "skip": 3}',
        '{"template": "x", "context": {"cookiecutter": {}}, "commit": "main", "_modelwright": 3}',
        '{"template": "x", "context": {"cookiecutter": {}}}',
        "[" * 100_000,
        "{" * 100_000,
        '{"a":' * 100_000,
        '{"template": "x", "context": {"cookiecutter": {"a": ' + "9" * 5000 + "}}}",
    ],
)
def test_a_record_that_is_none(team: Crufted, text: str):
    team.edit(at(".cruft.json", write(text)))

    for look in (preview, check, edits):
        with pytest.raises(Stop):
            look(team.folder, Request())


def test_a_record_that_is_none_is_the_users_to_mend(team: Crufted, modelwright: Modelwright):
    team.edit(at(".cruft.json", write("{")))

    done = modelwright("update", team.folder)

    assert done.exit == 2
    assert "`.cruft.json` does not say where the project comes from" in done.err


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("directory", "../..", "no folder"),
        ("directory", "/etc", "no folder"),
        ("directory", "missing", "no folder"),
        ("commit", "0" * 40, "has no version"),
    ],
)
def test_a_record_that_points_elsewhere(
    template: Oven, team: Crufted, key: str, value: str | None, why: str
):
    team.edit(at(".cruft.json", write(as_cruft({**team.state, key: value}))))
    template.release("v2.0.0", CHANGE)

    assert why in refusal(team)


@pytest.mark.parametrize("commit", [None, "--output=x"])
def test_a_record_that_lost_its_commit_is_dated_by_what_it_rendered(
    template: Oven, team: Crufted, commit: str | None
):
    template.release("v2.0.0", CHANGE)
    team.edit(at(".cruft.json", write(as_cruft({**team.state, "commit": commit}))))

    assert team.update().outlook.lineage.version == "v1.0.0"
    assert "theirs" in team.read("text.md")


def test_a_source_that_was_swapped_needs_consent(tmp_path: Path, template: Oven, team: Crufted):
    template.release("v2.0.0", CHANGE)
    other = tmp_path / "other"
    template.git("clone", "--quiet", template.folder, other)
    team.edit(at(".cruft.json", write(as_cruft({**team.state, "template": str(other)}))))

    assert "another source" in refusal(team)
    team.update(template=str(other), commit=True)
    assert team.state["template"] == team.state["_modelwright"]["source"] == str(other)
    assert "theirs" in team.read("text.md")


@pytest.mark.parametrize("text", ["[]", "{", "", '{"slug": []}', '{"name": {"a": 1}}'])
def test_a_template_whose_variables_cannot_be_read(template: Oven, team: Crufted, text: str):
    template.release("v2.0.0", at("cookiecutter.json", write(text)))

    assert refusal(team)


def test_a_template_without_a_folder_to_render(template: Oven, team: Crufted):
    template.release("v2.0.0", lambda root: (root / INNER).rename(root / "plain"))

    assert "none of its folders" in refusal(team)
