"""An organisation's standard: read strictly, shown with its places, and obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from baking import INNER, Crufted, Oven
from conftest import Modelwright
from test_audit_rules import written
from updating import Team, Template, at, line, write

from modelwright.core.errors import Stop
from modelwright.core.policy import Policy, matches, parse
from modelwright.core.standard import Standard, same

WHOLE = """\
name = "Acme"
owners = ["@acme/ml"]

[answers.pinned]
licence = "Apache-2.0"
[answers.default]
ci = "gitlab"

[templates]
trusted = ["builtin", "https://git.acme.org/*"]

[audit]
required = ["MW-P4-1"]

[contract.at_least]
uplift.required = 0.05
[contract.at_most]
budgets.p95_ms = 20

[licences]
allowed = ["Apache-2.0"]
[registries]
allowed = ["https://packages.acme.example/python"]
"""
CONFORMING = {
    "a.py": "",
    "CODEOWNERS": "* @acme/ml\n",
    ".copier-answers.yml": "_commit: 0.1.0\n_src_path: builtin\nlicence: Apache-2.0\n",
    "contract.toml": "[uplift]\nrequired = 0.1\n\n[budgets]\np95_ms = 20.0\n",
    "pyproject.toml": '[[tool.uv.index]]\nurl = "https://packages.acme.example/python/"\n',
}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text(WHOLE)
    return path


def test_an_example_is_written_once_and_can_be_used(modelwright: Modelwright, tmp_path: Path):
    file = tmp_path / "policy.toml"
    assert modelwright("policy", "init", file).exit == 0
    assert modelwright("policy", "check", "--policy", file).exit == 0
    again = modelwright("policy", "init", file)
    assert (again.exit, again.out) == (2, "")


def test_everything_is_shown_with_its_place(modelwright: Modelwright, policy: Path):
    shown = modelwright("policy", "show", "--explain", "--policy", policy)
    assert shown.exit == 0
    assert f"  licence = Apache-2.0\n    {policy}:5: pinned: " in shown.out
    said = json.loads(modelwright("policy", "show", "--json", "--policy", policy).out)
    assert {each["name"]: each["place"] for each in said["settings"]} == {
        "licence": f"{policy}:5",
        "ci": f"{policy}:7",
        "uplift.required": f"{policy}:16",
        "budgets.p95_ms": f"{policy}:18",
        "owners": f"{policy}:2",
        "templates.trusted": f"{policy}:10",
        "audit.required": f"{policy}:13",
        "licences.allowed": f"{policy}:21",
        "registries.allowed": f"{policy}:23",
    }


def test_what_it_changes_in_a_project_is_shown(
    modelwright: Modelwright, tmp_path: Path, policy: Path
):
    answers = CONFORMING[".copier-answers.yml"].replace("Apache-2.0", "MIT")
    project = written(tmp_path / "project", {".copier-answers.yml": answers})
    shown = modelwright("policy", "show", project, "--explain", "--policy", policy)
    assert f"    {project} answers MIT, until its next update\n" in shown.out
    assert modelwright("policy", "show", tmp_path, "--policy", policy).exit == 2


@pytest.mark.parametrize(
    ("text", "at_line", "said"),
    [
        ("a = [1,\n\n", 2, "no TOML"),
        ('name = "x"\nownres = ["a"]\n', 2, "did you mean `owners`?"),
        ('\n[answers]\npined = {a = "b"}\n', 3, "did you mean `pinned`?"),
        ("[contract.at_least]\n\nuplift.required = '1'\n", 3, "a limit is a number"),
        ("[contract.at_least]\na = true\n", 2, "a limit is a number"),
        ("[contract.at_least]\na.b = nan\n", 2, "a limit is a number"),
        ('[audit]\nrequired = "P6"\n', 2, "a list of texts"),
        ("[templates]\ntrusted = [1]\n", 2, "a list of texts"),
        ("answers = 3\n", 1, "a table"),
        ("[answers.pinned]\na = {b = 1}\n", 2, "no answer can be"),
        ("[overlay]\n", 1, "did you mean `overlays`?"),
        ("a = " + "[" * 5_000, 1, ""),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(
    modelwright: Modelwright, tmp_path: Path, text: str, at_line: int, said: str
):
    (tmp_path / "p.toml").write_text(text)
    refused = modelwright("policy", "check", "--policy", "p.toml", cwd=tmp_path)
    assert (refused.exit, refused.out) == (2, "")
    assert f"error: p.toml:{at_line}: " in refused.err
    assert said in refused.err
    assert "  fix: " in refused.err


def test_a_file_that_cannot_be_read_is_refused(modelwright: Modelwright, tmp_path: Path):
    (tmp_path / "latin.toml").write_bytes(b"\nname = '\xe9'\n")
    for name, said in (("none.toml", "cannot read"), ("latin.toml", "latin.toml:2: ")):
        refused = modelwright("policy", "show", "--policy", tmp_path / name)
        assert refused.exit == 2
        assert said in refused.err


def test_a_rule_that_does_not_exist_cannot_be_required(modelwright: Modelwright, tmp_path: Path):
    (tmp_path / "p.toml").write_text('[audit]\nrequired = ["P11"]\n')
    refused = modelwright("policy", "check", "--policy", "p.toml", cwd=tmp_path)
    assert (refused.exit, "p.toml:2: " in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        ("[answers.pinned]\nci = 'a'\n", "\n[answers.pinned]\nci = 'b'\n", ("one:2", "other:3")),
        ("[contract.at_least]\na.b = 3\n", "[contract.at_most]\na.b = 2\n", ("one:2", "other:2")),
        ("[answers.pinned]\nlicence = 'MIT'\n", "[licences]\nallowed = []\n", ("one:2", "other:2")),
    ],
)
def test_policies_that_contradict_each_other_are_refused(
    one: str, other: str, places: tuple[str, str]
):
    pair = parse(one, "one"), parse(other, "other")
    for order in (pair, pair[::-1]):
        with pytest.raises(Stop) as refused:
            Standard(order)
        assert all(place in refused.value.why for place in places)


def test_the_variable_and_the_users_own_hold_too(modelwright: Modelwright, tmp_path: Path):
    config = tmp_path / "config/modelwright/policy.toml"
    written(tmp_path, {"config/modelwright/policy.toml": "[answers.default]\nci = 'a'\n"})
    written(tmp_path, {"env.toml": "[answers.default]\nci = 'b'\n"})
    places = {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "MODELWRIGHT_POLICY": str(tmp_path / "env.toml"),
    }
    said = json.loads(modelwright("policy", "show", "--json", cwd=None, **places).out)
    assert [each["file"] for each in said["policies"]] == [
        places["MODELWRIGHT_POLICY"],
        str(config),
    ]
    standard = Standard(
        (parse("[answers.default]\nci = 'b'\n", "b"), Policy("a", default={"ci": 1}))
    )
    assert standard.default == {"ci": "b"}


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (("CODEOWNERS", "* @bob # @acme/ml\n"), "acme.toml:2 wants @acme/ml"),
        ((".copier-answers.yml", "_src_path: builtin\nlicence: MIT\n"), "acme.toml:5 pins it"),
        ((".copier-answers.yml", "_src_path: https://x.org/t\n"), "acme.toml:10 does not list"),
        (("contract.toml", "[budgets]\np95_ms = 20\n[uplift]\nrequired = 0.04\n"), "acme.toml:16 "),
        (("contract.toml", "[budgets]\np95_ms = 21\n[uplift]\nrequired = 0.05\n"), "acme.toml:18 "),
        (("contract.toml", "[uplift]\nrequired = 0.05\n"), "`budgets.p95_ms` is no number"),
        (("pyproject.toml", "[project]\nlicense = 'MIT'\n"), "acme.toml:21 allows Apache-2.0"),
        (
            ("requirements.txt", "--index-url https://x.example/python\n"),
            "acme.toml:23 does not allow",
        ),
    ],
)
def test_where_a_project_differs_is_said_with_both_places(
    modelwright: Modelwright, tmp_path: Path, policy: Path, difference: tuple[str, str], said: str
):
    (file, text), project = difference, written(tmp_path / "project", CONFORMING)
    command = ("policy", "check", project, "--policy", policy, "--json")
    assert modelwright(*command).exit == 0
    written(project, {file: text})
    differs = modelwright(*command)
    assert differs.exit == 1
    findings = json.loads(differs.out)["findings"]
    assert all(each["path"] == file for each in findings)
    assert [each for each in findings if said in each["message"]]


def test_what_is_required_cannot_be_suppressed_nor_ignored(
    modelwright: Modelwright, tmp_path: Path, policy: Path
):
    suppressed = (
        '[[tool.modelwright.audit.suppress]]\nrule = "MW-P4-1"\nreason = "x"\nuntil = 2999-01-01\n'
    )
    project = written(tmp_path / "project", {"a.py": "", "pyproject.toml": suppressed})
    command = ("audit", project, "--select", "MW-P4-1")
    assert modelwright(*command).exit == 0
    assert "error MW-P4-1 broken" not in modelwright(*command, "--policy", policy).out
    assert "MW-P4-1 broken" in modelwright(*command, "--policy", policy).out
    refused = modelwright("audit", project, "--ignore", "P4", "--policy", policy)
    assert (refused.exit, f"{policy}:13 requires it" in refused.err) == (2, True)


def test_what_is_required_and_cannot_be_told_is_no(
    modelwright: Modelwright, tmp_path: Path, policy: Path
):
    policy.write_text('[audit]\nrequired = ["MW-P4-15"]\n')
    command = ("audit", written(tmp_path / "p", {"a.py": "def (\n"}), "--select", "MW-P4-15")
    assert modelwright(*command).exit == 0
    assert modelwright(*command, "--policy", policy).exit == 1


def test_a_new_project_takes_pins_and_defaults(
    modelwright: Modelwright, tmp_path: Path, policy: Path
):
    command = ("new", tmp_path / "churn", "--defaults", "--no-git", "--no-install")
    refused = modelwright(*command, "--policy", policy, "-d", "licence=MIT")
    assert (refused.exit, (tmp_path / "churn").exists()) == (2, False)
    assert f"{policy}:5 holds for every project" in refused.err
    elsewhere = modelwright(*command, "--policy", policy, "--template", "https://x.org/t.git")
    assert (elsewhere.exit, f"{policy}:10 lists" in elsewhere.err) == (2, True)
    assert modelwright(*command, "--policy", policy, "-d", "ci=github").exit == 0
    answers = (tmp_path / "churn/.copier-answers.yml").read_text()
    assert "licence: Apache-2.0\n" in answers
    assert "ci: github\n" in answers


def test_an_update_brings_an_old_project_in_line(modelwright: Modelwright, tmp_path: Path):
    template = Template(tmp_path / "template")
    team = Team(tmp_path / "team", template)
    template.release("v2.0.0", at("text.md", line(3, "theirs")))
    source = f"[templates]\ntrusted = ['{template.folder}*']\n"
    written(tmp_path, {"p.toml": "[answers.pinned]\npackage = 'radar'\nother = 'x'\n" + source})
    command = ("update", team.folder, "--commit", "--policy", tmp_path / "p.toml")
    refused = modelwright(*command, "-d", "package=else")
    assert (refused.exit, "p.toml:2 holds" in refused.err) == (2, True)
    assert modelwright(*command).exit == 0
    assert (team / "radar/main.py").exists()
    assert "package: radar\n" in team.read(".copier-answers.yml")
    written(tmp_path, {"p.toml": "[templates]\ntrusted = ['builtin']\n"})
    untrusted = modelwright(*command)
    assert (untrusted.exit, "p.toml:2 lists builtin" in untrusted.err) == (2, True)


@pytest.mark.parametrize(
    ("url", "matched"),
    [
        ("https://git.acme.org/ml/t.git", True),
        ("https://ada:secret@git.acme.org/ml/t.git", True),  # pragma: allowlist secret
        ("https://git.acme.org/../evil", False),
        ("https://git.acme.org/%2e%2e/evil", False),
        ("https://git.acme.org.evil.org/t", False),
        ("https://evil.org/https://git.acme.org/t", False),
    ],
)
def test_a_source_matches_as_a_whole(url: str, matched: bool):
    assert matches(url, ("https://git.acme.org/*",)) is matched


def test_an_answer_given_as_text_is_the_pinned_one():
    assert same("b,a", ["a", "b"])
    assert same("true", True)
    assert same("3", 3)
    assert not same("a", ["a", "b"])


def test_a_project_of_crufts_obeys_too(modelwright: Modelwright, tmp_path: Path):
    template = Oven(tmp_path / "template")
    team = Crufted(tmp_path / "team", template)
    template.release("v2.0.0", at(f"{INNER}/text.md", line(3, "theirs")))
    written(tmp_path, {"p.toml": "[templates]\ntrusted = ['builtin']\n"})
    command = ("update", team.folder, "--commit", "--policy", tmp_path / "p.toml")
    refused = modelwright(*command)
    assert (refused.exit, "p.toml:2 lists builtin" in refused.err) == (2, True)
    written(tmp_path, {"p.toml": f"[templates]\ntrusted = ['{template.folder}']\n"})
    assert modelwright(*command).exit == 0
    assert "theirs" in team.read("text.md")


def test_what_a_project_brings_along_is_not_the_template_that_a_policy_trusts(
    modelwright: Modelwright, tmp_path: Path
):
    template = Template(tmp_path / "template")
    team = Team(tmp_path / "team", template)
    template.release("v2.0.0", at("copier.yml", write(f"_tasks: ['touch {tmp_path / 'ran'}']\n")))
    address = "https://template.invalid/t.git"
    planted = team / address.replace("//", "/")
    template.git("clone", "--quiet", "--bare", template.folder, planted)
    text = team.read(".copier-answers.yml").replace(str(template.folder), address)
    write(text)(team / ".copier-answers.yml")
    team.git("add", "--all", "--force")
    team.git("commit", "--quiet", "--amend", "--no-edit")
    written(tmp_path, {"p.toml": "[templates]\ntrusted = ['https://template.invalid/*']\n"})

    for cwd in (tmp_path, team.folder):
        done = modelwright("update", team.folder, "--policy", tmp_path / "p.toml", cwd=cwd)
        assert done.exit == 2
        assert "cannot read `https://template.invalid" in done.err
    assert not (tmp_path / "ran").exists()
