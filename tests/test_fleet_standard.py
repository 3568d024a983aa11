"""A fleet held against the practices and the organisation's policy, commit by commit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Modelwright
from fleet import Fleet
from updating import START, at, line, write

THEIRS = at("text.md", line(3, "theirs"))
BRANCH = "refs/heads/modelwright/update"
ANSWERS = ".copier-answers.yml"
SERVICE = at(
    "service.py",
    write(
        "import pickle\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
        "model = pickle.load(open('model.pkl', 'rb'))\n"
    ),
)
PARSED = at("churn/main.py", write("x = 1\n"))


@pytest.fixture
def fleet(tmp_path: Path, modelwright: Modelwright) -> Fleet:
    return Fleet(tmp_path, modelwright)


def policy(fleet: Fleet, text: str) -> str:
    write(text)(fleet.folder / "acme.toml")
    return str(fleet.folder / "acme.toml")


def broken(fleet: Fleet, place: Path) -> dict[str, list[str]]:
    """Return the rules that `modelwright audit` finds broken, by severity."""
    said = json.loads(fleet.modelwright("audit", place, "--format", "json").out)
    rules = [each for each in said["repositories"][0]["rules"] if each["status"] == "failed"]
    return {
        severity: [each["id"] for each in rules if each["severity"] == severity]
        for severity in ("error", "warning", "note")
    }


def test_the_audit_is_that_of_the_commit_in_a_clone_and_in_a_mirror(fleet: Fleet):
    fleet.team("good")
    team = fleet.team("bad")
    team.edit(SERVICE)
    bare = fleet.folder / "bare.git"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    (team / "service.py").write_text("")
    fleet.list(f'repositories = ["repos/*", "file://{bare}"]')

    rows = fleet.rows("status")

    expected = broken(fleet, bare)
    assert "MW-P3-1" in expected["error"]
    assert rows["bad"]["audit"] == rows["bare"]["audit"] == expected
    assert rows["good"]["audit"]["error"] == []


def test_the_audit_is_in_the_text_the_table_and_the_page(fleet: Fleet):
    fleet.team("bad").edit(SERVICE)
    done = fleet("status", "--html", "fleet.html")
    assert done.out.startswith("1 repositories: 1 with errors in the audit\n")
    assert "1 error, " in fleet("status", "--csv").out
    page = (fleet.folder / "fleet.html").read_text()
    assert 'class="failing"' in page
    assert "<td>1 error, " in page
    (fleet.folder / "1.json").write_text(fleet("status", "--json").out)
    assert fleet.rows("report", "1.json") == fleet.rows("status")


def test_what_no_template_made_is_audited_all_the_same(fleet: Fleet):
    fleet.team("alpha").edit(SERVICE, at(ANSWERS, lambda path: path.unlink()))
    row = fleet.rows("status")["alpha"]
    assert "no committed" in row["problem"]
    assert "MW-P3-1" in row["audit"]["error"]


def test_of_a_repository_with_many_projects_only_the_project_is_audited(fleet: Fleet):
    team = fleet.team("mono")
    team.edit(SERVICE)
    team.git("mv", "churn", "moved")
    (team / "part").mkdir()
    for name in (ANSWERS, "text.md", "moved"):
        team.git("mv", name, f"part/{name}")
    team.commit()
    fleet.list('repositories = ["repos/mono/part"]')
    row = fleet.rows("status")["part"]
    assert row["version"] == "v1.0.0"
    assert row["audit"]["error"] == []


def test_what_a_policy_requires_is_an_error_whatever_its_severity(fleet: Fleet):
    fleet.team("alpha").edit(SERVICE)
    before = fleet.rows("status")["alpha"]["audit"]
    assert "MW-P4-1" in before["warning"]
    named = policy(fleet, 'owners = ["@acme/ml"]\n[audit]\nrequired = ["MW-P4-1"]\n')
    after = fleet.rows("status", "--policy", named)["alpha"]["audit"]
    assert {*after["error"]} == {*before["error"], "MW-P4-1", "MW-POLICY"}


def kept(fleet: Fleet) -> dict[Path, int]:
    """Return the audits that are remembered, and when each was written."""
    cache = Path(fleet.modelwright.environment["MODELWRIGHT_CACHE_DIR"])
    return {place: place.stat().st_mtime_ns for place in cache.glob("audits/*.json")}


def test_an_audit_is_made_once_for_the_same_files_and_policy(fleet: Fleet):
    team = fleet.team("alpha")
    team.edit(SERVICE, PARSED)
    first = fleet.rows("status")
    once = kept(fleet)
    assert len(once) == 1
    assert fleet.rows("status") == first
    assert kept(fleet) == once

    named = policy(fleet, '[audit]\nrequired = ["MW-P4-1"]\n')
    assert "MW-P4-1" in fleet.rows("status", "--policy", named)["alpha"]["audit"]["error"]
    team.edit(at("service.py", write("x = 1\n")))
    assert fleet.rows("status")["alpha"]["audit"]["error"] == []
    assert len(kept(fleet)) == 3


def test_an_audit_is_made_again_once_a_suppression_ends_or_where_a_file_was_unread(fleet: Fleet):
    until = "[[tool.modelwright.audit.suppress]]\nrule = 'MW-P3-1'\nreason = 'r'\nuntil = "
    team = fleet.team("alpha")
    team.edit(SERVICE, PARSED, at("pyproject.toml", write(f"{until}2999-01-01\n")))
    assert "MW-P3-1" not in fleet.rows("status")["alpha"]["audit"]["error"]
    [place] = kept(fleet)
    found = json.loads(place.read_text())
    assert found["until"] == "2999-01-01"

    place.write_text(json.dumps({**found, "until": "2020-01-01", "broken": {}}))
    assert fleet.rows("status")["alpha"]["audit"]["warning"]
    assert json.loads(place.read_text()) == found

    team.edit(at("torn.py", write("def (")))
    named = policy(fleet, '[audit]\nrequired = ["MW-P4-16"]\n')
    assert "MW-P4-16" in fleet.rows("status", "--policy", named)["alpha"]["audit"]["error"]
    assert [*kept(fleet)] == [place]


def test_a_template_that_the_policy_does_not_list_is_refused_before_it_is_fetched(fleet: Fleet):
    fleet.team("good")
    other = fleet.team("other")
    unreachable = "_src_path: https://template.invalid/t.git\n_commit: v1.0.0\n"
    other.edit(at(ANSWERS, write(unreachable)))
    fleet.template.release("v2.0.0", THEIRS)
    named = policy(fleet, f"[templates]\ntrusted = ['{fleet.template.folder}']\n")

    for command in (("status",), ("update",), ("update", "--yes")):
        rows = fleet.rows(*command, "--policy", named)
        assert "does not trust the template `https://template.invalid" in rows["other"]["problem"]
        assert f"{named}:2 lists" in rows["other"]["problem"]
        assert rows["good"]["problem"] == ""


def test_a_pinned_answer_is_brought_in_also_where_the_version_is_the_latest(fleet: Fleet):
    first, second = fleet.team("a"), fleet.team("b")
    named = policy(fleet, "[answers.pinned]\npackage = 'radar'\nunasked = 1\n")
    assert fleet.states("--yes") == {"a": "current", "b": "current"}
    assert fleet.rows("status", "--policy", named)["a"]["drift"] == 0

    assert fleet.states("--policy", named) == {"a": "ready", "b": "ready"}
    as_planned = ("--plan", "fleet-plan.json", "--yes", "--policy", named)
    assert fleet.states(*as_planned) == {"a": "updated", "b": "updated"}

    assert "package: radar\n" in first.git("show", f"{BRANCH}:{ANSWERS}")
    files = second.git("ls-tree", "-r", "--name-only", BRANCH).split()
    assert "radar/main.py" in files
    assert "churn/main.py" not in files


def test_a_template_that_the_policy_trusts_may_use_its_own_code(fleet: Fleet):
    fleet.team("alpha")
    own = START["copier.yml"] + "_jinja_extensions: [jinja2.ext.loopcontrols]\n"
    fleet.template.release("v2.0.0", THEIRS, at("copier.yml", write(own)))
    assert fleet.states("--yes") == {"alpha": "broken"}
    named = policy(fleet, f"[templates]\ntrusted = ['{fleet.template.folder}']\n")
    assert fleet.states("--yes", "--policy", named) == {"alpha": "updated"}


def test_the_fleets_own_file_may_name_the_policy(fleet: Fleet):
    fleet.team("alpha")
    policy(fleet, "[templates]\ntrusted = ['builtin']\n")
    fleet.list('policy = "acme.toml"\nrepositories = ["repos/*"]')
    assert "acme.toml:2 lists builtin" in fleet.rows("status")["alpha"]["problem"]
    fleet.list('policy = 1\nrepositories = ["repos/*"]')
    assert fleet("status").exit == 2


@pytest.mark.parametrize("command", ["status", "update"])
def test_a_policy_that_cannot_be_used_stops_all_before_anything_is_done(fleet: Fleet, command: str):
    fleet.team("alpha")
    named = policy(fleet, "[answers.pined]\n")
    for each in (named, "none.toml"):
        done = fleet(command, "--policy", each)
        assert (done.exit, done.out) == (2, "")
    assert not (fleet.folder / "fleet-plan.json").exists()
