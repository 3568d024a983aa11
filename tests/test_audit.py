"""The audit as a command: what it prints, when it says no, and what it withstands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from audit_trees import CASES, FITTED
from conftest import ROOT, Modelwright
from project import Project
from test_audit_rules import written

from modelwright import render
from modelwright.checks import RULES
from modelwright.core.lineage import Source
from modelwright.git.committed import tree

LEAK = CASES["MW-P6-2"].broken
SUPPRESSED = """\
[[tool.modelwright.audit.suppress]]
rule = "MW-P6-2"
path = "{path}"
reason = "the tutorial shows the mistake"
until = {until}
"""


def git(folder: Path, *arguments: str | Path) -> str:
    names = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    command = ["git", *names, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def committed(folder: Path, files: dict[str, str]) -> Path:
    written(folder, files)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder


def test_the_answer_comes_first_and_the_next_command_last(modelwright: Modelwright, tmp_path: Path):
    said = modelwright("audit", written(tmp_path, LEAK), "--select", "MW-P6-2")
    assert (said.exit, said.err) == (1, "")
    shown = said.out.splitlines()
    assert shown[0] == f"{tmp_path}: 1 failed"
    assert shown[1] == "  error MW-P6-2 broken: nothing is fitted before the rows are split"
    assert shown[2].startswith("    a.py:5: `StandardScaler` is fitted")
    assert shown[-1] == "next: modelwright explain MW-P6-2"


def test_json_holds_place_reason_and_fix_of_each_finding(modelwright: Modelwright, tmp_path: Path):
    said = modelwright("audit", written(tmp_path, LEAK), "--select", "all", "--json")
    document = json.loads(said.out)
    assert (said.exit, document["passed"]) == (1, False)
    [leak] = [each for each in document["findings"] if each["rule"] == "MW-P6-2"]
    assert (leak["path"], leak["line"], leak["severity"]) == ("a.py", 5, "error")
    assert leak["why"]
    assert leak["fix"]
    [repository] = document["repositories"]
    assert sum(repository["counts"].values()) == len(repository["rules"])
    assert {rule["status"] for rule in repository["rules"]} == {"failed", "passed", "skipped"}


def test_a_note_says_no_only_where_that_is_asked_for(modelwright: Modelwright, tmp_path: Path):
    command = ("audit", written(tmp_path, {"train.py": FITTED}), "--select", "MW-P7-8")
    assert modelwright(*command).exit == 0
    assert "1 failed" in modelwright(*command).out
    assert modelwright(*command, "--fail-on", "note").exit == 1


def test_sarif_names_rule_file_line_and_what_is_suppressed(
    modelwright: Modelwright, tmp_path: Path
):
    files = {**LEAK, "pyproject.toml": SUPPRESSED.format(path="a.py", until="2999-01-01")}
    said = modelwright("audit", written(tmp_path, files), "--select", "P6", "--format", "sarif")
    document = json.loads(said.out)
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
    [leak] = [each for each in run["results"] if each["ruleId"] == "MW-P6-2"]
    place = leak["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 5}}
    assert leak["suppressions"] == [
        {"kind": "external", "justification": "the tutorial shows the mistake"}
    ]


def test_junit_has_a_case_for_each_rule(modelwright: Modelwright, tmp_path: Path):
    said = modelwright("audit", written(tmp_path, LEAK), "--format", "junit", "--select", "P6")
    [suite] = ET.fromstring(said.out)  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures")) == ("7", "1")
    [failure] = suite.iter("failure")
    assert "a.py:5: " in (failure.text or "")


def test_the_page_takes_no_markup_from_a_repository(modelwright: Modelwright, tmp_path: Path):
    name = "<img src=x>\x1b[31m.py"
    command = ("audit", written(tmp_path, {name: LEAK["a.py"]}), "--select", "all")
    said = modelwright(*command, "--format", "html")
    assert "&lt;img src=x&gt;" in said.out
    assert "<img" not in said.out
    assert "\x1b" not in said.out
    assert "http" not in said.out.partition("<h1>")[0]


@pytest.mark.parametrize(
    ("path", "until", "status"),
    [
        ("*", "2999-01-01", "suppressed"),
        ("other.py", "2999-01-01", "failed"),
        ("*", "2020-01-01", "failed"),
    ],
)
def test_a_suppression_holds_where_and_while_it_says(
    modelwright: Modelwright, tmp_path: Path, path: str, until: str, status: str
):
    files = {**LEAK, "pyproject.toml": SUPPRESSED.format(path=path, until=until)}
    said = modelwright("audit", written(tmp_path, files), "--select", "MW-P6-2", "--json")
    [rule] = json.loads(said.out)["repositories"][0]["rules"]
    assert rule["status"] == status
    assert ("ended on 2020-01-01" in (rule["reason"] or "")) is (until == "2020-01-01")


def test_a_bare_repository_and_its_address_are_read_without_a_checkout(
    modelwright: Modelwright, tmp_path: Path
):
    work = committed(tmp_path / "work", {**LEAK, "data/big.csv": "a\n"})
    git(tmp_path, "clone", "--quiet", "--bare", work, tmp_path / "bare.git")
    (work / "a.py").write_text("")
    for place in (tmp_path / "bare.git", f"file://{tmp_path}/bare.git"):
        said = modelwright("audit", place, "--select", "MW-P6-2", "--json")
        assert said.exit == 1, said.err
        assert json.loads(said.out)["findings"][0]["path"] == "a.py"
    assert modelwright("audit", work, "--select", "MW-P6-2").exit == 0


def test_a_folder_that_is_spelt_like_an_address_is_not_taken_for_it(
    modelwright: Modelwright, tmp_path: Path
):
    written(tmp_path / "https:/git.acme.example/t", {"a.py": ""})
    said = modelwright("audit", "https://git.acme.example/t", "--offline", cwd=tmp_path)
    assert (said.exit, said.out) == (2, ""), said.out
    assert "https://git.acme.example/t" in said.err


def test_one_that_cannot_be_looked_at_is_a_row_and_stops_no_other(
    modelwright: Modelwright, tmp_path: Path
):
    fine = written(tmp_path / "fine", {"a.py": "", "CODEOWNERS": "* @ada\n"})
    said = modelwright("audit", tmp_path / "none", fine, "--select", "MW-P4-1", "--json")
    broken, passed = json.loads(said.out)["repositories"]
    assert (said.exit, passed["passed"]) == (1, True)
    assert "there is no repository" in broken["error"]
    alone = modelwright("audit", tmp_path / "none")
    assert (alone.exit, alone.out) == (2, "")
    assert "fix: " in alone.err


def test_an_unknown_rule_is_refused(modelwright: Modelwright, tmp_path: Path):
    said = modelwright("audit", written(tmp_path, LEAK), "--select", "MW-P6-99")
    assert (said.exit, said.out) == (2, "")
    assert "there is no rule and no practice `MW-P6-99`" in said.err


def test_what_cannot_be_read_is_unknown_and_never_passed(modelwright: Modelwright, tmp_path: Path):
    written(tmp_path, {"torn.py": "def (\n", "good.py": "x = 1\n"})
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "huge.py").write_bytes(b"#" * 1_000_001)
    said = modelwright("audit", tmp_path, "--select", "MW-P4-15", "--json")
    [repository] = json.loads(said.out)["repositories"]
    assert repository["rules"][0]["status"] == "unknown"
    assert [each["path"] for each in repository["unread"]] == ["huge.py", "latin.py", "torn.py"]


def test_a_hostile_repository_runs_nothing_and_hangs_nothing(
    modelwright: Modelwright, tmp_path: Path
):
    folder = committed(tmp_path / "hostile", {"a.py": "x = 1\n", "deep.yml": "[" * 20_000})
    spy = tmp_path / "ran"
    (folder / ".git/hooks/post-checkout").write_text(f"#!/bin/sh\ntouch {spy}\n")
    (folder / ".git/hooks/post-checkout").chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand"):
        git(folder, "config", key, f"touch {spy}")
    spelled = f"raise SystemExit(open({str(spy)!r}, 'w'))\n"
    written(folder, {"setup.py": spelled, "conftest.py": spelled, "nest.py": "(" * 3_000})
    written(folder, {".github/workflows/a.yml": "a: &a [*a]\n", "pyproject.toml": "[" * 3_000})
    written(folder, {"/".join(["d"] * 60) + "/x.py": "x\n", "deep.py": "-" * 100_000 + "1\n"})
    (folder / "loop").symlink_to(folder)
    (folder / "outside.py").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.py")
    (folder / os.fsdecode(b"bad\xff.py")).write_text("x = 1\n")
    for form in ("rich", "json", "sarif", "junit", "html"):
        said = modelwright("audit", folder, "--select", "all", "--format", form)
        assert said.exit == 1, said.err
        assert "Traceback" not in said.err
    assert not spy.exists()


def test_a_fresh_repository_of_ours_is_broken_in_nothing_but_what_is_not_rendered(
    modelwright: Modelwright, tmp_path: Path
):
    for number, given in enumerate([{}, {"ci": "gitlab", "deploy": "kubernetes"}]):
        with render.opened(Source(), tmp_path / f"churn{number}") as template:
            template.write(template.answer(given), tmp_path / f"churn{number}")
        said = modelwright("audit", tmp_path / f"churn{number}", "--select", "all", "--json")
        broken = {each["rule"] for each in json.loads(said.out)["findings"]}
        # The lock is made by `new` when it installs; a changelog begins with the first release.
        assert broken == {"MW-P4-6", "MW-P9-3"}


def test_what_git_ignores_is_not_looked_at(modelwright: Modelwright, tmp_path: Path):
    files = {".gitignore": "secret/\n", "secret/.env": "TOKEN=a\n", "b.py": ""}
    command = ("audit", written(tmp_path, files), "--select", "MW-P7-10")
    assert modelwright(*command).exit == 0
    (tmp_path / ".gitignore").unlink()
    assert modelwright(*command).exit == 1


def test_the_documents_count_the_rules():
    for page in ("README.md", "docs/audit.md", "CHANGELOG.md"):
        assert f"{len(RULES)} rules" in (ROOT / page).read_text()


def test_a_rule_explains_itself(modelwright: Modelwright):
    said = modelwright("explain", "mw-p6-2")
    assert said.out.startswith("MW-P6-2: Nothing is fitted before the rows are split\n")
    for label in ("why:", "how:", "fix:"):
        assert f"\n  {label}" in said.out
    assert modelwright("explain", "MW-P6-99").exit == 2
    listed = modelwright("audit", "--rules").out.splitlines()
    assert (listed[0], len(listed)) == (f"{len(RULES)} rules", len(RULES) + 2)


@pytest.mark.parametrize("settings", ["", '[tool.repo-review]\nselect = ["*"]\n'])
def test_repo_review_runs_the_same_rules(modelwright: Modelwright, tmp_path: Path, settings: str):
    folder = written(tmp_path / "p", {**LEAK, "pyproject.toml": settings})
    program = Path(sys.executable).parent / "repo-review"
    done = subprocess.run(
        [program, folder, "--format", "json"],
        env=modelwright.environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    checks = json.loads(done.stdout)["checks"]
    answers = {"passed": True, "failed": False, "skipped": None}
    more = ("--select", "all") if settings else ()
    said = modelwright("audit", folder, *more, "--json").out
    own = json.loads(said)["repositories"][0]["rules"]
    assert {each["id"]: answers[each["status"]] for each in own if each["status"] != "off"} == {
        name: each["result"] for name, each in checks.items() if name.startswith("MW-")
    }


def test_a_commit_is_a_folder_like_any_other(tmp_path: Path):
    contents = {
        "a.txt": "a\n",
        "empty": "",
        "sub/same.txt": "a\n",
        "sub/also.txt": "a\n",
        "sub/größe.txt": "ü\n",
        "large.txt": "x" * 200_000,
    }
    work = committed(tmp_path / "work", contents)
    (work / "link").symlink_to("a.txt")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "link")
    root = tree(str(work))
    found = {}
    todo = [root]
    while todo:
        for each in todo.pop().iterdir():
            if each.is_dir():
                todo.append(each)
            elif each.is_file():
                found[each.path] = each.read_text()
    assert found == contents
    assert (root / "sub" / "größe.txt").read_bytes() == "ü\n".encode()
    assert not (root / "link").is_file()
    assert not (root / "none" / "x").is_file()
    with pytest.raises(FileNotFoundError):
        (root / "none").read_bytes()


def test_a_repository_without_a_commit_is_said_to_have_none(
    modelwright: Modelwright, tmp_path: Path
):
    git(tmp_path, "init", "--quiet", "--bare", tmp_path / "bare.git")
    said = modelwright("audit", tmp_path / "bare.git")
    assert (said.exit, said.out) == (2, "")
    assert f"error: `{tmp_path}/bare.git` has no commit\n" in said.err


def test_a_file_that_a_bare_repository_lacks_is_fetched_from_nowhere(
    modelwright: Modelwright, tmp_path: Path
):
    work = committed(tmp_path / "work", LEAK)
    git(work, "config", "uploadpack.allowFilter", "true")
    partial = ("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{work}")
    git(tmp_path, *partial, tmp_path / "bare.git")
    spy = tmp_path / "ran"
    git(tmp_path / "bare.git", "config", "remote.origin.uploadpack", f"touch {spy}; false")
    said = modelwright("audit", tmp_path / "bare.git", "--select", "all", "--json")
    assert not spy.exists()
    assert said.exit == 1
    [repository] = json.loads(said.out)["repositories"]
    assert [each["path"] for each in repository["unread"]] == ["a.py"]


def test_a_torn_object_of_a_bare_repository_is_unread_and_hides_no_other(
    modelwright: Modelwright, tmp_path: Path
):
    work = committed(tmp_path / "work", {**LEAK, "0.py": "torn = 1\n", "sub/1.py": "torn = 2\n"})
    for path in ("0.py", "sub/1.py"):
        oid = git(work, "rev-parse", f"HEAD:{path}").strip()
        torn = work / ".git/objects" / oid[:2] / oid[2:]
        torn.chmod(0o644)
        torn.write_bytes(b"torn")
    said = modelwright("audit", work / ".git", "--json")
    [repository] = json.loads(said.out)["repositories"]
    assert [each["path"] for each in repository["unread"]] == ["0.py", "sub/1.py"]
    assert "MW-P6-2" in {each["rule"] for each in json.loads(said.out)["findings"]}


@pytest.mark.slow
def test_a_repository_that_was_installed_and_run_passes(modelwright: Modelwright, project: Project):
    said = modelwright("audit", project.folder, "--select", "all", "--json")
    document = json.loads(said.out)
    assert [each["rule"] for each in document["findings"]] == ["MW-P9-3"]
    assert said.exit == 0
