"""An organisation's own files, laid on top of what templates render, and kept current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from baking import Crufted, Oven
from conftest import Modelwright, tree
from fleet import Fleet
from overlaying import RECORD, START, STORED, Desk, House, recorded
from updating import LINES, Team, at, line, standing, write


@pytest.fixture
def desk(tmp_path: Path, modelwright: Modelwright) -> Desk:
    return Desk(tmp_path, modelwright)


def test_a_new_project_has_the_overlays_files_and_records_its_commit(desk: Desk):
    team = desk.made()
    assert team.read("ci.yml") == START["ci.yml"]
    assert team.read("text.md") == START["text.md"]
    assert team.read("churn/owner.txt") == "churn of CHURN\n"
    assert team.read("other.md") == LINES.replace("line", "other")
    [overlay] = recorded(team)["overlays"]
    head = desk.house.git("rev-parse", "HEAD").strip()
    assert overlay == {"source": str(desk.house.folder), "commit": head}
    assert team.status() == ""
    assert desk("check", team.folder).exit == 0
    assert desk("diff", team.folder).exit == 0
    assert desk.update(team).out.startswith("nothing to do")


def test_a_change_of_the_overlay_is_merged_with_the_teams(desk: Desk):
    team = desk.made()
    team.edit(at("ci.yml", line(3, "team")), at("text.md", line(3, "team")))
    desk.house.change(at("ci.yml", line(15, "new")), at("text.md", line(3, "new")))
    behind = desk("check", team.folder, "--json")
    assert behind.exit == 1
    said = json.loads(behind.out)
    assert said["would_change"] == [RECORD, "ci.yml", "text.md"]
    assert said["conflicts"] == ["text.md"]

    done = desk("update", team.folder, "--json")

    assert done.exit == 1
    said = json.loads(done.out)
    assert said["conflicts"] == ["text.md"]
    assert said["verdicts"]["ci.yml"] == "merged"
    assert "team\n" in team.read("ci.yml")
    assert "new\n" in team.read("ci.yml")


def test_a_dropped_overlay_takes_its_files_along_but_for_those_that_were_edited(desk: Desk):
    team = desk.made()
    team.edit(at("churn/owner.txt", write("mine\n")))
    desk.policy("")
    assert desk.update(team).exit == 0
    assert not (team / "ci.yml").exists()
    assert team.read("churn/owner.txt") == "mine\n"
    assert team.read("text.md") == LINES
    assert "overlays" not in recorded(team)
    assert desk.update(team).out.startswith("nothing to do")


def test_several_updates_with_a_new_version_and_a_new_overlay(desk: Desk):
    team = desk.made()
    desk.template.release("v2.0.0", at("other.md", line(3, "v2")), at("text.md", line(3, "v2")))
    desk.house.change(at("more/new.txt", write("more\n")), at("ci.yml", line(9, "new")))
    team.edit(at("other.md", line(15, "mine")))
    assert desk.update(team).exit == 0
    assert "v2\n" in team.read("other.md")
    assert "mine\n" in team.read("other.md")
    assert team.read("text.md") == START["text.md"]
    assert team.read("more/new.txt") == "more\n"
    assert desk.update(team).out.startswith("nothing to do")
    assert desk("diff", team.folder, "--summary").out.startswith(
        "against template v2.0.0: 1 edited"
    )


def test_what_was_removed_stays_away_and_comes_back_when_it_no_longer_is(desk: Desk):
    desk.policy('[[overlays]]\nsource = "house"\nremove = ["sub", "other.md", "none.txt"]\n')
    team = desk.made()
    assert not (team / "sub").exists()
    assert not (team / "other.md").exists()
    desk.template.release("v2.0.0", at("other.md", line(3, "v2")))
    assert desk.update(team).exit == 0
    assert not (team / "other.md").exists()
    desk.policy('[[overlays]]\nsource = "house"\nremove = ["sub"]\n')
    assert desk.update(team).exit == 0
    assert "v2\n" in team.read("other.md")


def test_a_project_from_before_gets_an_overlay_by_an_update(desk: Desk):
    team = Team(desk.folder / "team", desk.template)
    team.edit(at("text.md", line(3, "team")))
    assert desk("check", team.folder, "--quiet").out.startswith("behind: template v1.0.0, with")
    assert desk.modelwright("check", team.folder).exit == 0
    done = desk("update", team.folder)
    assert (done.exit, "is laid on top from now on" in done.err) == (1, True)
    assert team.read("ci.yml") == START["ci.yml"]
    assert "UU text.md" in team.status()


def test_without_any_policy_an_overlay_stays_as_it_is_recorded(desk: Desk):
    team = desk.made()
    desk.house.change(at("ci.yml", line(9, "new")))
    desk.template.release("v2.0.0", at("other.md", line(3, "v2")))
    done = desk.modelwright("update", team.folder, "--commit")
    assert done.exit == 0, done.err
    assert "v2\n" in team.read("other.md")
    assert team.read("ci.yml") == START["ci.yml"]
    assert len(recorded(team)["overlays"]) == 1


def test_a_ref_pins_an_overlay(desk: Desk):
    desk.house.git("tag", "v1")
    desk.house.change(at("ci.yml", line(9, "new")))
    desk.policy('[[overlays]]\nsource = "house"\nref = "v1"\n')
    assert desk.made().read("ci.yml") == START["ci.yml"]
    desk.policy('[[overlays]]\nsource = "house"\nref = "v9"\n')
    refused = desk("policy", "check")
    assert (refused.exit, "acme.toml:1; " in refused.err, "`v9`" in refused.err) == (2, True, True)


def test_a_folder_of_a_repository_counts_alone(desk: Desk):
    standard = House(desk.folder / "standard", {"base/docker/Dockerfile": "FROM a\n", "x": "1"})
    desk.policy('[[overlays]]\nsource = "standard/base"\n')
    team = desk.made()
    assert team.read("docker/Dockerfile") == "FROM a\n"
    standard.change(at("x", write("2")))
    assert desk("check", team.folder).exit == 0
    standard.change(at("base/docker/Dockerfile", write("FROM b\n")))
    assert desk("check", team.folder).exit == 1
    assert desk.update(team).exit == 0
    assert team.read("docker/Dockerfile") == "FROM b\n"
    assert recorded(team)["overlays"][0]["folder"] == "base"


def test_a_folder_that_git_does_not_keep_is_taken_by_its_contents(desk: Desk):
    write("FROM a\n")(desk.folder / "plain/Dockerfile")
    desk.policy('[[overlays]]\nsource = "plain"\n')
    team = desk.made()
    assert recorded(team)["overlays"][0]["commit"].startswith("sha256:")
    team.edit(at("Dockerfile", write("FROM a\nRUN mine\n")))
    write("FROM b\n")(desk.folder / "plain/Dockerfile")
    write("x\n")(desk.folder / "plain/x")
    assert desk("diff", team.folder).exit == 1
    assert desk("update", team.folder, "--dry-run", "--json").exit == 1
    team.edit(at("Dockerfile", write("FROM a\n")))
    assert desk.update(team).exit == 0
    assert (team.read("Dockerfile"), team.read("x")) == ("FROM b\n", "x\n")


def test_an_overlay_that_is_gone_is_no_base_any_more_unless_it_was_kept(desk: Desk):
    team = desk.made()
    (desk.folder / "house").rename(desk.folder / "elsewhere")
    desk.policy('[[overlays]]\nsource = "elsewhere"\n')
    clone = standing(desk.folder / "clone")
    team.git("clone", "--quiet", "--no-local", team.folder, clone.folder)
    assert desk("check", clone.folder).exit == 0
    desk.policy("")

    refused = desk("update", clone.folder)

    assert refused.exit == 2
    assert f"the overlay `{desk.house.folder} at " in refused.err
    assert "git fetch origin 'refs/modelwright/*" in refused.err
    assert clone.status() == ""
    assert desk.update(team).exit == 0
    assert not (team / "ci.yml").exists()
    clone.git("fetch", "--quiet", "origin", "refs/modelwright/*:refs/modelwright/*")
    assert desk("update", clone.folder).exit == 0
    assert not (clone / "ci.yml").exists()


def test_where_an_overlay_stands_and_which_files_it_changed_is_shown(desk: Desk):
    desk.policy('[[overlays]]\nsource = "house"\nremove = ["other.md"]\n')
    team = desk.made()
    shown = desk("policy", "show", team.folder, "--explain")
    assert shown.exit == 0, shown.err
    assert f"overlays = {desk.house.folder}\n    {desk.folder}/acme.toml:1: its files" in shown.out
    said = json.loads(desk("policy", "show", team.folder, "--explain", "--json").out)
    assert said["overlaid"] == {
        "ci.yml": "added",
        "churn/owner.txt": "added",
        "other.md": "deleted",
        "text.md": "edited",
    }


def test_a_project_conforms_that_has_the_overlay_as_it_is_today(desk: Desk):
    team = desk.made()
    assert desk("policy", "check", team.folder).exit == 0
    desk.house.change(at("ci.yml", line(9, "new")))
    differs = desk("policy", "check", team.folder)
    assert differs.exit == 1
    assert "lacks the overlay" in differs.out
    assert "acme.toml:1 lays on top" in differs.out
    said = json.loads(desk("audit", team.folder, "--format", "json").out)
    [rule] = [each for each in said["repositories"][0]["rules"] if each["id"] == "MW-POLICY"]
    assert rule["status"] == "failed"
    assert desk.update(team).exit == 0
    assert desk("policy", "check", team.folder).exit == 0
    desk.policy("")
    assert "which no policy names" in desk("policy", "check", team.folder).out


def test_what_no_template_made_gets_an_overlay_when_it_is_adopted(desk: Desk):
    hand = House(desk.folder / "hand", {"ci.yml": "mine\n", "a.py": "x = 1\n"})
    done = desk("adopt", hand.folder, "--template", desk.template.folder, "--commit")
    assert done.exit == 0, done.err
    assert hand.read("ci.yml") == "mine\n"
    assert hand.read("churn/owner.txt") == "churn of CHURN\n"
    team = standing(hand.folder)
    assert len(recorded(team)["overlays"]) == 1
    desk.house.change(at("churn.txt", write("new\n")))
    assert desk.update(team).exit == 0
    assert (team.read("ci.yml"), team.read("churn.txt")) == ("mine\n", "new\n")


def test_a_remote_overlay_is_fetched_and_its_password_is_recorded_nowhere(desk: Desk):
    bare = desk.folder / "bare.git"
    desk.house.git("clone", "--quiet", "--bare", desk.house.folder, bare)
    desk.policy(f'[[overlays]]\nsource = "file://{bare}"\n')
    team = desk.made()
    assert recorded(team)["overlays"][0]["source"] == f"file://{bare}"
    desk.house.change(at("ci.yml", line(9, "new")))
    desk.house.git("push", "--quiet", bare, "main")
    assert desk.update(team).exit == 0
    assert "new\n" in team.read("ci.yml")
    address = "https://ada:secret@overlay.invalid/x.git"  # pragma: allowlist secret
    desk.policy(f'[[overlays]]\nsource = "{address}"\n')
    refused = desk.new(name="other")
    assert (refused.exit, "https://overlay.invalid/x.git" in refused.err) == (2, True)
    assert "secret" not in refused.err


def test_a_fleet_gets_an_overlay_and_its_changes(tmp_path: Path, modelwright: Modelwright):
    fleet = Fleet(tmp_path, modelwright)
    house = House(tmp_path / "house")
    first, second = fleet.team("a"), fleet.team("b")
    second.edit(at("text.md", line(3, "team")))
    policy = tmp_path / "acme.toml"
    policy.write_text('[[overlays]]\nsource = "house"\n')
    assert fleet.states() == {"a": "current", "b": "current"}
    assert fleet.states("--policy", str(policy)) == {"a": "ready", "b": "conflict"}
    assert fleet.states("--yes", "--policy", str(policy))["a"] == "updated"
    first.git("merge", "--quiet", "modelwright/update")
    assert first.read("ci.yml") == START["ci.yml"]
    assert fleet.states("--policy", str(policy))["a"] == "current"
    assert fleet.rows("status", "--policy", str(policy))["a"]["drift"] == 0

    house.change(at("ci.yml", line(9, "new")))

    rows = fleet.rows("status", "--policy", str(policy))
    assert "MW-POLICY" in rows["a"]["audit"]["error"]
    assert rows["a"]["problem"] == ""
    assert fleet.states("--yes", "--policy", str(policy))["a"] == "updated"
    assert "new\n" in first.git("show", "modelwright/update:ci.yml")


def test_a_preview_shows_the_files_and_writes_nothing(desk: Desk):
    done = desk.new("--dry-run", "--json")
    files = json.loads(done.out)["files"]
    assert {"ci.yml", "churn/owner.txt", "other.md"} <= {*files}
    assert not (desk.folder / "team").exists()


def test_without_an_overlay_a_policy_changes_no_byte(desk: Desk):
    desk.policy("")
    words = ("--defaults", "--no-install", "--no-git", "--template", desk.template.folder)
    assert desk("new", desk.folder / "a/team", *words).exit == 0
    assert desk.modelwright("new", desk.folder / "b/team", *words).exit == 0
    made = tree(desk.folder / "a/team")
    assert made == tree(desk.folder / "b/team")
    assert b"_modelwright" not in made[RECORD]


def test_an_overlay_may_be_shaped_as_a_template(desk: Desk):
    House(
        desk.folder / "shaped",
        {
            "copier.yml": "_subdirectory: files\n_exclude: ['*.bak']\n"
            "image: {type: str, when: false, default: 'base-{{ package }}'}\n",
            "README.md": "about the overlay\n",
            "files/Dockerfile.jinja": "FROM {{ image }}\n",
            "files/old.bak": "x\n",
            "files/run.sh": "#!/bin/sh\n",
        },
    )
    (desk.folder / "shaped/files/run.sh").chmod(0o755)
    standing(desk.folder / "shaped").commit()
    desk.policy('[[overlays]]\nsource = "shaped"\n')
    team = desk.made()
    assert team.read("Dockerfile") == "FROM base-churn\n"
    assert (team / "run.sh").stat().st_mode & 0o111
    assert not (team / "old.bak").exists()
    assert not (team / "README.md").exists()


def test_the_built_in_template_gets_an_overlay_with_its_derived_names(desk: Desk):
    House(desk.folder / "second", {"who.txt.jinja": "{{ data_scientist }} of {{ package }}\n"})
    desk.policy('[[overlays]]\nsource = "second"\nremove = [".github"]\n')
    words = ("--defaults", "--no-install", "-d", "title=Fraud Radar")
    assert desk("new", desk.folder / "team", *words).exit == 0
    team = standing(desk.folder / "team")
    assert team.read("who.txt") == "@data-science of fraud_radar\n"
    assert not (team / ".github").exists()
    assert desk.update(team).out.startswith("nothing to do")
    assert desk("diff", team.folder).exit == 0


def test_a_project_of_crufts_gets_an_overlay_too(desk: Desk):
    oven = Oven(desk.folder / "oven")
    team = Crufted(desk.folder / "crufted", oven)
    assert desk.update(standing(team.folder)).exit == 0
    assert team.read("ci.yml") == START["ci.yml"]
    mark = json.loads(team.read(".cruft.json"))["_modelwright"]
    assert len(mark["overlays"]) == 1
    assert desk("policy", "check", team.folder).exit == 0
    desk.house.change(at("ci.yml", line(9, "new")))
    assert desk.update(standing(team.folder)).exit == 0
    assert "new\n" in team.read("ci.yml")
    desk.policy("")
    assert desk.update(standing(team.folder)).exit == 0
    assert not (team / "ci.yml").exists()


def test_another_clone_of_the_standard_serves_as_well(desk: Desk):
    team = desk.made()
    desk.house.git("clone", "--quiet", "--no-local", desk.house.folder, desk.folder / "mine")
    (desk.folder / "house").rename(desk.folder / "theirs")
    trusted = f"[templates]\ntrusted = ['{desk.template.folder}']\n"
    desk.policy('[[overlays]]\nsource = "mine"\n' + trusted)
    team.git("update-ref", "-d", team.git("for-each-ref", "--format=%(refname)", STORED).strip())
    mine = House.__new__(House)
    mine.folder = desk.folder / "mine"
    mine.change(at("ci.yml", line(9, "new")))
    assert desk("diff", team.folder).exit == 0
    assert desk.update(team).exit == 0
    assert "new\n" in team.read("ci.yml")
