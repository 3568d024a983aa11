"""Many repositories at once: one row each, one branch each, and no checkout."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Modelwright, tree
from fleet import Fleet
from updating import append, at, executable, line, link, move, remove, standing, write

from modelwright import new
from modelwright.core.lineage import Source
from modelwright.fleet import read

THEIRS = at("text.md", line(3, "theirs"))
MINE = at("text.md", line(3, "mine"))
FAR = at("text.md", line(18, "mine"))
BRANCH = "refs/heads/modelwright/update"


@pytest.fixture
def fleet(tmp_path: Path, modelwright: Modelwright) -> Fleet:
    return Fleet(tmp_path, modelwright)


def test_one_row_each_says_how_far_behind_and_how_much_is_edited(fleet: Fleet):
    fleet.team("alpha")
    fleet.team("beta").edit(MINE, at("other.md", remove))
    fleet.template.release("v2.0.0", THEIRS)
    fleet.template.release("v3.0.0", FAR)
    fleet.team("gamma").update(commit=True)

    rows = fleet.rows("status")

    assert [*rows] == ["alpha", "beta", "gamma"]
    found = {name: (row["version"], row["behind"], row["drift"]) for name, row in rows.items()}
    assert found == {
        "alpha": ("v1.0.0", 2, 0),
        "beta": ("v1.0.0", 2, 2),
        "gamma": ("v3.0.0", 0, 0),
    }
    assert {row["latest"] for row in rows.values()} == {"v3.0.0"}
    assert fleet("status").out.startswith("3 repositories: 2 behind, 1 edited\n")


def test_status_writes_nothing_into_a_repository(fleet: Fleet):
    team = fleet.team("alpha")
    fleet.template.release("v2.0.0", THEIRS)
    before = tree(team.folder)
    assert fleet("status").exit == 0
    assert tree(team.folder) == before


def test_a_broken_repository_is_a_row_with_the_reason_and_stops_no_other(fleet: Fleet):
    fleet.team("alpha")
    fleet.team("gone").edit(at(".copier-answers.yml", remove))
    fleet.team("lost").edit(at(".copier-answers.yml", write("_src_path: /nowhere\n_commit: v1\n")))
    fleet.list('repositories = ["repos/*", "missing"]')

    done = fleet("status", "--json")

    rows = {row["name"]: row["problem"] for row in json.loads(done.out)["repositories"]}
    assert done.exit == 1
    assert rows["alpha"] == ""
    assert "no committed .copier-answers.yml" in rows["gone"]
    assert "`/nowhere`" in rows["lost"]
    assert "there is no folder" in rows["missing"]


def test_repositories_of_one_name_are_told_apart(tmp_path: Path):
    file = tmp_path / "fleet.toml"
    file.write_text(
        'repositories = ["eu/churn", "us/churn", "radar", "https://git.acme.example/eu/radar.git"]'
    )
    names = [each.name for each in read(file).members]
    assert names == ["eu/churn", "us/churn", f"{tmp_path.name}/radar", "eu/radar"]


def test_labels_shards_and_limits_take_a_part(fleet: Fleet):
    for name in "abcde":
        fleet.team(name)
    fleet.list(
        'repositories = [{path = "repos/[ab]", labels = ["risk", "eu"]}, '
        '{path = "repos/[cde]", labels = ["eu"]}]'
    )
    assert [*fleet.rows("status", "--label", "risk")] == ["a", "b"]
    assert [*fleet.rows("status", "--label", "eu", "--limit", "3")] == ["a", "b", "c"]
    shards = [[*fleet.rows("status", "--shard", f"{part}/2")] for part in (1, 2)]
    assert shards == [["a", "c", "e"], ["b", "d"]]
    assert fleet("status", "--shard", "3/2").exit == 2


def test_shards_put_together_are_the_whole(fleet: Fleet):
    for name in "abc":
        fleet.team(name)
    fleet.template.release("v2.0.0", THEIRS)
    for command in (("status",), ("update",)):
        for part in (1, 2):
            done = fleet(*command, "--shard", f"{part}/2", "--json")
            (fleet.folder / f"{part}.json").write_text(done.out)
        assert sorted(fleet.rows("report", "1.json", "2.json")) == ["a", "b", "c"]
        assert fleet("report", "1.json", "2.json").out.startswith("3 repositories: 3 ")
    (fleet.folder / "2.json").write_text("[]")
    assert "holds no result" in fleet("report", "1.json", "2.json").err


def test_csv_holds_no_formula_and_html_no_markup_of_a_repository(fleet: Fleet):
    fleet.team("alpha")
    fleet.list(
        'repositories = [{path = "repos/alpha", name = "=1+1", labels = ["<script>x</script>"]}]'
    )
    rows = [*csv.reader(io.StringIO(fleet("status", "--csv", "--html", "f.html").out))]
    assert rows[1][0] == "'=1+1"
    page = (fleet.folder / "f.html").read_text()
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page


def test_a_file_that_is_no_fleet_is_refused_with_its_key(fleet: Fleet):
    for text, said in (
        ("repositories = []", "lists none"),
        ("repos = 1", "`repos` is no key"),
        ('repositories = [{path = "a", url = "b"}]', "neither a `path` nor a `url`"),
        ("repositories = [", "cannot read"),
    ):
        fleet.list(text)
        done = fleet("status")
        assert (done.exit, done.out) == (2, "")
        assert said in done.err
    (fleet.folder / "fleet.toml").unlink()
    assert "there is no `fleet.toml`" in fleet("status").err


def test_a_template_that_is_none_of_the_fleets_is_not_touched(fleet: Fleet):
    fleet.team("alpha")
    fleet.list('sources = ["https://github.com/acme/*"]\nrepositories = ["repos/*"]')
    assert "none of the fleet's" in fleet.rows("status")["alpha"]["problem"]
    fleet.list(f'sources = ["{fleet.template.folder}"]\nrepositories = ["repos/*"]')
    assert fleet.rows("status")["alpha"]["problem"] == ""


def test_a_plan_foresees_conflicts_and_writes_only_itself(fleet: Fleet):
    team = fleet.team("alpha")
    fleet.team("beta").edit(MINE)
    fleet.template.release("v2.0.0", THEIRS)
    before = tree(team.folder)

    done = fleet("update")

    assert done.exit == 1
    assert done.out.startswith("2 repositories: 1 ready, 1 conflict\n")
    assert tree(team.folder) == before
    plan = json.loads((fleet.folder / "fleet-plan.json").read_text())["repositories"]
    assert [row["state"] for row in plan] == ["ready", "conflict"]
    assert plan[1]["conflicts"] == ["text.md"]


def test_an_update_is_a_branch_with_the_edits_and_no_checkout(fleet: Fleet):
    team = fleet.team("alpha")
    team.edit(FAR)
    fleet.template.release("v2.0.0", THEIRS)
    (team / "text.md").write_text("not committed\n")
    head = team.git("rev-parse", "HEAD")

    assert fleet.states("--yes") == {"alpha": "updated"}

    assert team.git("rev-parse", "HEAD", f"{BRANCH}^").split() == [head.strip()] * 2
    merged = team.git("show", f"{BRANCH}:text.md").splitlines()
    assert (merged[2], merged[17]) == ("theirs", "mine")
    assert team.read("text.md") == "not committed\n"
    assert team.status() == " M text.md\n"


def test_the_branch_is_what_a_single_update_makes(fleet: Fleet):
    team, other = fleet.team("alpha"), fleet.team("beta")
    for each in (team, other):
        each.edit(MINE, at(".gitattributes", write("*.md merge=union\n")))
        each.edit(move("churn/main.py", "churn/core.py"))
    fleet.template.release("v2.0.0", THEIRS, at("run.sh", executable))

    assert fleet.states("--yes") == {"alpha": "updated", "beta": "updated"}
    other.update(branch="single")

    trees = other.git("rev-parse", f"{BRANCH}^{{tree}}", "single^{tree}").split()
    assert trees[0] == trees[1]
    assert "mine\ntheirs\n" in team.git("show", f"{BRANCH}:text.md")


def test_conflicts_become_a_branch_only_where_they_are_allowed(fleet: Fleet):
    team = fleet.team("alpha")
    team.edit(MINE)
    fleet.template.release("v2.0.0", THEIRS)

    assert fleet("update", "--yes").exit == 1
    assert "modelwright" not in team.git("for-each-ref", "refs/heads")

    assert fleet.states("--yes", "--allow-conflicts") == {"alpha": "conflict"}
    assert "With conflicts in text.md" in team.git("log", "-1", "--format=%B", BRANCH)
    assert "<<<<<<<" in team.git("show", f"{BRANCH}:text.md")


def test_a_conflict_that_one_team_settled_is_settled_for_the_others(fleet: Fleet):
    first, second = fleet.team("a"), fleet.team("b")
    for each in (first, second):
        each.edit(MINE)
    fleet.template.release("v2.0.0", THEIRS)
    shared = ("--yes", "--allow-conflicts", "--resolutions", "shared", "--jobs", "1")
    assert fleet.states(*shared) == {"a": "conflict", "b": "conflict"}
    second.git("branch", "--quiet", "-D", "modelwright/update")

    first.git("merge", "--quiet", "--ff-only", "modelwright/update")
    text = first.read("text.md")
    settled = text[: text.index("<<<<")] + "ours and theirs" + text[text.index("\nline 4") :]
    first.edit(at("text.md", write(settled)))

    assert fleet.states(*shared) == {"a": "current", "b": "updated"}
    assert "ours and theirs" in second.git("show", f"{BRANCH}:text.md")


def test_a_second_run_changes_nothing_and_a_newer_version_rewrites_the_branch(fleet: Fleet):
    team = fleet.team("alpha")
    fleet.template.release("v2.0.0", THEIRS)
    fleet("update", "--yes")
    before = tree(team.folder)
    assert fleet.states("--yes") == {"alpha": "unchanged"}
    assert tree(team.folder) == before

    fleet.template.release("v3.0.0", at("text.md", line(3, "newest")))
    assert fleet.states("--yes") == {"alpha": "updated"}
    assert "newest" in team.git("show", f"{BRANCH}:text.md")
    assert team.git("rev-list", "--count", f"HEAD..{BRANCH}") == "1\n"


def test_somebodys_work_on_the_branch_is_never_written_over(fleet: Fleet):
    team, amended = fleet.team("alpha"), fleet.team("beta")
    fleet.template.release("v2.0.0", THEIRS)
    fleet("update", "--yes")
    for each, how in ((team, []), (amended, ["--amend"])):
        each.git("switch", "--quiet", "modelwright/update")
        append("more\n")(each / "other.md")
        each.git("commit", "--quiet", "--all", "--no-edit", "--message", "more", *how)
        each.git("switch", "--quiet", "main")
    amended.git("switch", "--quiet", "modelwright/update")
    marked = f"Modelwright-Tree: {'0' * 40}"
    amended.git("commit", "--quiet", "--amend", "--message", f"more\n\n{marked}")
    amended.git("switch", "--quiet", "main")
    tips = [each.git("rev-parse", BRANCH) for each in (team, amended)]
    fleet.template.release("v3.0.0", FAR)

    rows = fleet.rows("update", "--yes")

    assert all("somebody's work" in row["problem"] for row in rows.values())
    assert [each.git("rev-parse", BRANCH) for each in (team, amended)] == tips


def test_a_branch_that_is_checked_out_is_left_alone(fleet: Fleet):
    team = fleet.team("alpha")
    fleet.template.release("v2.0.0", THEIRS)
    fleet("update", "--yes")
    team.git("worktree", "add", "--quiet", str(fleet.folder / "beside"), "modelwright/update")
    fleet.template.release("v3.0.0", FAR)
    assert "is checked out" in fleet.rows("update", "--yes")["alpha"]["problem"]


def test_a_plan_is_obeyed_to_the_version_and_commit_that_it_names(fleet: Fleet):
    team, moved = fleet.team("alpha"), fleet.team("beta")
    fleet.template.release("v2.0.0", THEIRS)
    fleet("update")
    fleet.template.release("v3.0.0", FAR)
    moved.edit(MINE)

    rows = fleet.rows("update", "--plan", "fleet-plan.json", "--yes")

    assert (rows["alpha"]["state"], rows["alpha"]["to"]) == ("updated", "v2.0.0")
    assert rows["beta"]["state"] == "moved"
    assert "line 18" in team.git("show", f"{BRANCH}:text.md")


def test_the_canaries_go_first_and_hold_the_others_back(fleet: Fleet):
    first, second = fleet.team("a"), fleet.team("b")
    first.edit(MINE)
    fleet.template.release("v2.0.0", THEIRS)

    assert fleet.states("--yes", "--canary", "1") == {"a": "conflict", "b": "held"}
    assert "modelwright" not in second.git("for-each-ref", "refs/heads")

    first.edit(at("text.md", line(3, "line 3")))
    assert fleet.states("--yes", "--canary", "1") == {"a": "updated", "b": "updated"}


def test_only_what_failed_is_done_again(fleet: Fleet):
    fleet.team("a")
    conflicted = fleet.team("b")
    conflicted.edit(MINE)
    fleet.template.release("v2.0.0", THEIRS)
    fleet("update", "--yes")
    conflicted.edit(at("text.md", line(3, "line 3")))
    assert fleet.states("--yes", "--only-failed") == {"b": "updated"}
    assert fleet.states("--yes", "--only-failed") == {}


def test_verify_runs_on_the_result_and_red_writes_nothing(fleet: Fleet):
    good, bad = fleet.team("a"), fleet.team("b")
    bad.edit(at("red", write("")))
    fleet.template.release("v2.0.0", THEIRS)

    command = "grep theirs text.md && ! test -e red"
    assert fleet.states("--yes", "--verify", command) == {"a": "updated", "b": "red"}

    assert good.git("rev-parse", BRANCH)
    assert "modelwright" not in bad.git("for-each-ref", "refs/heads")
    assert good.git("worktree", "list").count("\n") == 1


def test_a_bare_repository_at_an_address_is_mirrored_and_pushed_to(fleet: Fleet):
    team = fleet.team("alpha")
    team.edit(FAR)
    bare = fleet.folder / "bare.git"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    fleet.list(f'repositories = ["file://{bare}"]')
    fleet.template.release("v2.0.0", THEIRS)

    assert fleet.rows("status")["bare"]["behind"] == 1
    assert fleet.states("--yes") == {"bare": "updated"}
    assert fleet.states("--yes") == {"bare": "unchanged"}

    shown = subprocess.run(
        ["git", "show", f"{BRANCH}:text.md"], cwd=bare, capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[17] == "mine"
    assert shown.stdout.splitlines()[2] == "theirs"


@pytest.mark.parametrize("command", ["status", "update", "report", "workflow"])
def test_every_option_is_documented(modelwright: Modelwright, command: str):
    options = set(re.findall(r"--[a-z-]+", modelwright("fleet", command, "--help").out))
    page = (ROOT / "docs/fleet.md").read_text()
    assert not [each for each in options - {"--help"} if each not in page]


def test_a_push_that_is_refused_is_a_row(fleet: Fleet):
    team = fleet.team("alpha")
    bare = fleet.folder / "bare.git"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    write("#!/bin/sh\nexit 1\n", 0o755)(bare / "hooks/pre-receive")
    fleet.list(f'repositories = ["file://{bare}"]')
    fleet.template.release("v2.0.0", THEIRS)
    assert "cannot push" in fleet.rows("update", "--yes")["bare"]["problem"]
    (bare / "hooks/pre-receive").unlink()
    assert fleet.states("--yes") == {"bare": "updated"}


def test_a_milestone_that_moved_in_silence_is_at_risk_here_and_in_a_mirror(fleet: Fleet):
    folder = fleet.folder / "repos/churn"
    new.new(folder, new.Plan(Source(), {}, install=False))
    team = standing(folder)
    assert fleet.rows("status")["churn"]["at_risk"] == []

    plan = team.read("milestones.toml")
    [first, *_] = re.findall(r'id = "([a-z]+)"', plan)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    team.edit(
        at("milestones.toml", write(re.sub(r"due = [\d-]+", f"due = {today}", plan, count=1)))
    )
    fleet.list(f'repositories = ["repos/*", {{url = "file://{folder}", name = "mirror"}}]')
    rows = fleet.rows("status")
    assert first in rows["churn"]["at_risk"]
    assert first in rows["mirror"]["at_risk"]


def test_readiness_is_what_the_projects_last_run_found(fleet: Fleet):
    team = fleet.team("alpha")
    report = {"practices": [{"status": "green"}, {"status": "waived"}, {"status": "red"}]}
    at("reports/readiness.json", write(json.dumps(report)))(team.folder)
    assert fleet.rows("status")["alpha"]["ready"] == "2/3"
    at("reports/readiness.json", link("/dev/zero"))(team.folder)
    assert fleet.rows("status")["alpha"]["ready"] == ""
