"""A plan that can be kept from the first day, and one evaluator for it wherever it is read."""

from __future__ import annotations

import ast
import datetime as dt
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import vobject
from conftest import ROOT, Modelwright

from modelwright import milestones
from modelwright.naming import complaints, derived

PACKAGE = ROOT / "template/src/acme_project/milestones"
BARE = ("--defaults", "--no-install", "--quiet")
TODAY = dt.date.today().isoformat()
ORDER = [
    "frame", "data", "baseline", "outcomes", "model", "integration", "monitoring", "canary",
    "launch", "review",
]  # fmt: skip


@pytest.fixture
def churn(modelwright: Modelwright, tmp_path: Path) -> Path:
    folder = tmp_path / "churn"
    assert modelwright("new", folder, *BARE, "-d", "consumers=care team, billing").exit == 0
    return folder


def plan_in(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "milestones.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    "answers",
    [
        ["country=US"],
        ["country=DE", "parts=serving,monitoring,notebooks"],
        ["country=SA", "parts="],
        ["country=IN", "parts=serving", "title=Earliest"],
    ],
    ids=lambda answers: answers[0],
)
def test_a_fresh_plan_is_in_order_on_working_days_and_kept(
    modelwright: Modelwright, tmp_path: Path, answers: list[str]
):
    country = answers[0].removeprefix("country=")
    given = [word for each in answers for word in ("-d", each)]
    if "title=Earliest" in answers:
        given += ["-d", f"launch_date={derived.working_day(TODAY, 40, country)}"]
    folder = tmp_path / "churn"
    assert modelwright("new", folder, *BARE, *given).exit == 0

    plan = plan_in(folder)
    due = {each["id"]: each["due"] for each in plan["milestones"]}
    assert list(due) == ORDER
    assert sorted(due.values()) == list(due.values())
    assert plan["plan"]["created"] <= min(due.values())
    assert not [day for day in due.values() if derived.day_off(day, country)]
    contract = tomllib.loads((folder / "contract.toml").read_text("utf-8"))
    assert due["launch"].isoformat() == contract["launch"]["date"]
    done = modelwright("milestones", "check", folder, "--today", TODAY)
    assert (done.exit, done.out.partition(":")[0]) == (0, "kept"), done.out
    chart = modelwright("milestones", "gantt", folder).out
    assert chart == (folder / "docs/plan.md").read_text("utf-8")


def test_a_launch_that_is_too_near_is_refused_with_the_earliest_feasible_one(
    modelwright: Modelwright, tmp_path: Path
):
    earliest = derived.working_day(TODAY, 40, "US")
    near = derived.working_day(TODAY, 39, "US")
    done = modelwright("new", tmp_path / "churn", *BARE, "-d", f"launch_date={near}")
    assert done.exit == 2
    assert f"the earliest feasible date is {earliest}" in done.err
    assert modelwright("new", tmp_path / "churn", *BARE, "-d", f"launch_date={earliest}").exit == 0


def test_nobody_launches_on_a_holiday_or_in_the_past():
    assert "Martin Luther King" in complaints.complain_of_launch(
        "2027-01-18", "2026-10-01", 40, "US"
    )
    assert "2027-01-19" in complaints.complain_of_launch("2027-01-18", "2026-10-01", 40, "US")
    assert "a Friday" in complaints.complain_of_launch("2027-01-15", "2026-10-01", 40, "SA")
    assert "too near" in complaints.complain_of_launch("2026-01-06", "2026-10-01", 40, "US")
    assert not complaints.complain_of_launch("2027-01-15", "2026-10-01", 40, "US")


def test_what_the_copied_plan_needs_is_what_the_question_asks_for():
    plan = milestones.module("plan").Plan.load(ROOT / "template")
    days = milestones.module("board").working_days(plan, plan.created)
    first, launch = plan.by_id["frame"], plan.by_id["launch"]
    before = days.between(first.due, launch.due)
    # From the project's beginning to its first date there is time for what comes first.
    assert before + first.estimate[1] <= 40
    assert "complain_of_launch(created, 40, country)" in (ROOT / "copier.yml").read_text("utf-8")


def test_the_package_needs_nothing_of_the_project_nor_much_of_others():
    allowed = {"holidays", "icalendar", *sys.stdlib_module_names}
    for path in PACKAGE.glob("*.py"):
        if path.name == "command.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or (node.module or "").split(".")[0] in allowed, path.name
            elif isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path.name


def test_looking_at_a_repository_runs_nothing_of_it(modelwright: Modelwright, churn: Path):
    text = (churn / "milestones.toml").read_text("utf-8")
    spy = 'evidence.commands = ["touch ran"]'
    (churn / "milestones.toml").write_text(text.replace('evidence.gates = ["P1", "P4"]', spy))
    (churn / "src/churn/__init__.py").write_text("open('ran', 'w')\n")
    done = modelwright("milestones", "list", churn, "--json")
    states = {each["id"]: each["state"] for each in json.loads(done.out)["milestones"]}
    assert states["frame"] == "unknown"
    assert not (churn / "ran").exists()


def test_a_move_is_recorded_and_the_chart_follows(modelwright: Modelwright, churn: Path):
    before = plan_in(churn)["milestones"][8]["due"]
    later = derived.working_day(before.isoformat(), 3, "US").isoformat()
    words = ("milestones", "replan", "launch", later, churn, "--today", TODAY)
    assert "has not been told" in modelwright(*words, "--reason", "Late").err
    told = ("--reason", "Late", "--told", "care team", "--told", "billing")
    assert modelwright(*words, *told).exit == 0
    launch = plan_in(churn)["milestones"][8]
    assert launch["due"].isoformat() == later
    assert launch["log"][0]["from"] == before
    assert modelwright("milestones", "check", churn, "--today", TODAY).exit == 0
    assert f"Launch :launch, after canary, {later}\n" in (churn / "docs/plan.md").read_text()


def test_a_date_that_was_edited_by_hand_is_red(modelwright: Modelwright, churn: Path):
    due = plan_in(churn)["milestones"][9]["due"].isoformat()
    later = derived.working_day(due, 3, "US").isoformat()
    text = (churn / "milestones.toml").read_text("utf-8")
    (churn / "milestones.toml").write_text(text.replace(f"due = {due}", f"due = {later}"))
    done = modelwright("milestones", "check", churn, "--today", TODAY)
    assert done.exit == 1
    assert f"review moved from {due} to {later}, and [[milestones.log]] does not say" in done.out


def entries(modelwright: Modelwright, churn: Path) -> dict[str, Any]:
    """The calendar's entries by UID, as another implementation reads them."""
    done = modelwright("milestones", "ics", churn)
    assert done.exit == 0, done.err
    calendar = vobject.readOne(done.out)
    return {event.uid.value: event for event in calendar.vevent_list}


def test_a_calendar_reads_the_plan_and_moves_an_entry_when_its_date_moves(
    modelwright: Modelwright, churn: Path
):
    before = entries(modelwright, churn)
    plan = {each["id"]: each["due"] for each in plan_in(churn)["milestones"]}
    assert {uid.partition("@")[0]: each.dtstart.value for uid, each in before.items()} == plan
    launch = before["launch@churn.milestones"]
    assert launch.dtend.value - launch.dtstart.value == dt.timedelta(days=1)
    assert launch.summary.value == "churn: Launch"
    assert "For: care team, billing" in launch.description.value
    later = derived.working_day(plan["launch"].isoformat(), 3, "US")
    told = ("--reason", "Late; very, very late", "--told", "care team", "--told", "billing")
    modelwright("milestones", "replan", "launch", later.isoformat(), churn, *told, "--today", TODAY)
    after = entries(modelwright, churn)
    assert after.keys() == before.keys()
    moved = after["launch@churn.milestones"]
    assert (moved.dtstart.value, moved.sequence.value) == (later, "1")
    assert "Late; very, very late" in moved.description.value
    assert (
        after["canary@churn.milestones"].serialize()
        == before["canary@churn.milestones"].serialize()
    )


def test_a_folder_without_a_plan_is_the_users_to_fix(modelwright: Modelwright, tmp_path: Path):
    done = modelwright("milestones", "check", tmp_path)
    assert (done.exit, done.out) == (2, "")
    assert f"no milestones.toml in `{tmp_path}`" in done.err
    (tmp_path / "milestones.toml").write_text("[plan]\ncreated = 2026-02-30\n")
    done = modelwright("milestones", "check", tmp_path)
    assert done.exit == 2
    assert "milestones.toml, line 2: " in done.err
    assert "  fix: correct that line" in done.err
