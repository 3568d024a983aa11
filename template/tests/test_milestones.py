"""What becomes of promises: situations on a given day, with state, exit code and message."""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from acme_project.milestones.evidence import inputs
from acme_project.milestones.plan import Plan
from acme_project.milestones.reading import BadPlan

from conftest import Workshop

PLAN = """
# Ours.
[plan]
country = "US"
created = 2026-12-01

[[milestones]]
id = "data"
title = "Data"
due = 2027-01-11
owner = "data_engineer"
consumers = ["care team"]
evidence.files = ["docs/data.md"]
estimate = [1, 2, 3]

[[milestones]]
id = "model"
title = "Model"
due = 2027-01-13
owner = "data_scientist"
consumers = ["care team"]
depends_on = ["data"]
evidence.files = ["docs/model.md"]
estimate = [1, 2, 3]

[[milestones]]
id = "canary"
title = "Canary"
due = 2027-01-15 # Friday
owner = "devops_engineer"
consumers = ["care team"]
depends_on = ["model"]
evidence.files = ["docs/canary.md"]
estimate = [1, 2, 3]

# The last one.
[[milestones]]
id = "launch"
title = "Launch"
due = 2027-01-20
owner = "devops_engineer"
consumers = ["care team", "billing"]
depends_on = ["canary"]
evidence.files = ["docs/launch.md"]
estimate = [1, 2, 3]
"""
IDS = ("data", "model", "canary", "launch")


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """A project that is no more than a contract's roles and a plan."""
    roles = 'data_scientist = "@a"\ndata_engineer = "@b"\ndevops_engineer = "@c"\n'
    (tmp_path / "contract.toml").write_text(f"[roles]\n{roles}", "utf-8")
    (tmp_path / "milestones.toml").write_text(PLAN, "utf-8")
    (tmp_path / "docs").mkdir()
    return Workshop(tmp_path)


def proves(*names: str) -> Callable[[Workshop], None]:
    def write(team: Workshop) -> None:
        for name in names:
            (team.root / f"docs/{name}.md").write_text("It is so.\n")

    return write


def edits(old: str, new: str) -> Callable[[Workshop], None]:
    """Replace the first *old* of the plan."""

    def change(team: Workshop) -> None:
        text = team.read("milestones.toml")
        assert old in text
        (team.root / "milestones.toml").write_text(text.replace(old, new, 1), "utf-8")

    return change


def after(*changes: Callable[[Workshop], None]) -> Callable[[Workshop], None]:
    def change(team: Workshop) -> None:
        for each in changes:
            each(team)

    return change


def records(code: int, *, current: bool) -> Callable[[Workshop], None]:
    def write(team: Workshop) -> None:
        made = {"commit": None, "exit": code, "date": "2027-01-04"}
        made |= {"inputs": inputs(team.root) if current else "others"}
        (team.root / "reports").mkdir()
        (team.root / "reports/commands.json").write_text(json.dumps({"make it": made}))

    return write


def nothing(_: Workshop) -> None:
    """Leave all as it is."""


BY_COMMAND = edits('files = ["docs/data.md"]', 'commands = ["make it"]')
CLAIMED = edits("estimate", "claimed = 2027-01-05\nestimate")

# ruff: noqa: E501, ISC004
# What was done, the day, the state of each milestone, the exit code, and what is said.
SITUATIONS = {
    "all is well": (nothing, "2026-12-10", "on track " * 4, 0, "kept: 4 milestones: 4 on track"),
    "due today": (nothing, "2027-01-11", "at risk " * 4, 0, "at risk: data, the chance to make it"),
    "done in time": (
        proves(*IDS), "2027-01-08", "done " * 4, 0, "kept: 4 milestones: 4 done"),
    "done stays done": (
        proves(*IDS), "2029-01-08", "done " * 4, 0, "kept: 4 milestones: 4 done"),
    "overdue by a day": (
        nothing, "2027-01-12", "overdue blocked blocked blocked", 1,
        "red: data is overdue: due 2027-01-11, but docs/data.md does not exist"),
    "evidence that is empty": (
        lambda team: (team.root / "docs/data.md").touch(), "2027-01-12",
        "overdue blocked blocked blocked", 1, "but docs/data.md is empty"),
    "blocked by which one": (
        proves("data"), "2027-01-14", "done overdue blocked blocked", 1, "blocked: canary, by model"),
    "claimed without evidence": (
        CLAIMED, "2027-01-06", "claimed blocked blocked blocked", 1,
        "red: data is claimed: said to be done on 2027-01-05, but docs/data.md does not exist"),
    "claimed with evidence": (
        after(CLAIMED, proves("data")), "2027-01-06", "done on_track on_track on_track", 0, "kept:"),
    "claimed ahead of its day": (
        after(CLAIMED, proves("data")), "2027-01-04", "done on_track on_track on_track", 1,
        "red: data is said to be done on 2027-01-05, which has not come"),
    "a slip through three dependents": (
        nothing, "2027-01-13", "overdue blocked blocked blocked", 1,
        "slip: care team, billing can have launch on 2027-01-22 at the earliest, promised for "
        "2027-01-20"),
    "a slip that slack takes up": (
        edits("due = 2027-01-20", "due = 2027-01-29"), "2027-01-13",
        "overdue blocked blocked blocked", 1, "not kept: 1 red"),
    "a launch in the past": (
        nothing, "2027-06-01", "overdue " * 4, 1, "red: launch is overdue: due 2027-01-20"),
    "two consumers": (
        proves("data", "model", "canary"), "2027-01-21", "done done done overdue", 1,
        "slip: care team, billing can have launch on 2027-01-21 at the earliest"),
    "a holiday on the due date": (
        edits("due = 2027-01-20", "due = 2027-01-18"), "2026-12-10", "on track " * 4, 0,
        "note: launch is due on 2027-01-18, Martin Luther King Jr. Day: it has to be done by "
        "2027-01-15"),
    "a weekend on the due date": (
        edits("due = 2027-01-20", "due = 2027-01-23"), "2026-12-10", "on track " * 4, 0,
        "note: launch is due on 2027-01-23, a Saturday"),
    "a country without known holidays": (
        edits('"US"', '"XX"'), "2026-12-10", "on track " * 4, 0,
        "note: the holidays of XX are not known, weekends only"),
    "due before what it depends on": (
        edits("due = 2027-01-13", "due = 2027-01-18"), "2026-12-10", "on track " * 4, 1,
        "red: canary is due 2027-01-15, before model, which it depends on and is due 2027-01-18: "
        "re-plan it, and tell care team"),
    "an owner who is no role": (
        edits('"data_engineer"', '"somebody"'), "2026-12-10", "on track " * 4, 1,
        "red: data has the owner `somebody`, which is no role of [roles] in contract.toml"),
    "a command without a record": (
        BY_COMMAND, "2026-12-10", "unknown on_track on_track on_track", 0,
        "unknown: data, `make it` has no record"),
    "a command without a record, overdue": (
        BY_COMMAND, "2027-01-12", "unknown blocked blocked blocked", 1,
        "red: data is unknown: due 2027-01-11, `make it` has no record"),
    "a record of other inputs": (
        after(BY_COMMAND, records(0, current=False)), "2026-12-10",
        "unknown on_track on_track on_track", 0, "ran on 2027-01-04, on other inputs"),
    "a record of today's inputs": (
        after(BY_COMMAND, records(0, current=True)), "2026-12-10",
        "done on_track on_track on_track", 0, "kept:"),
    "a record of a failure": (
        after(BY_COMMAND, records(1, current=True)), "2027-01-12",
        "overdue blocked blocked blocked", 1, "`make it` ended with 1"),
    "gates that were never judged": (
        edits('files = ["docs/data.md"]', 'gates = ["P1"]'), "2026-12-10",
        "unknown on_track on_track on_track", 0,
        "P1 is not known: no reports/readiness.json"),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_has_its_state_exit_code_and_message(team: Workshop, name: str) -> None:
    change, today, states, code, message = SITUATIONS[name]
    change(team)
    answer = team("milestones", "check", "--today", today)
    assert (answer.code, answer.err) == (code, "")
    assert message in answer.out
    found = json.loads(team("milestones", "list", "--json", "--today", today).out)
    joined = states.replace("on track", "on_track").replace("at risk", "at_risk").split()
    assert [each["state"].replace(" ", "_") for each in found["milestones"]] == joined
    assert found["ok"] is (code == 0)


UNUSABLE = {
    "broken TOML": ('title = "Data"', 'title = "Data', "line 9: ", "correct that line"),
    "a day that does not exist": ("2027-01-11", "2027-02-30", "line 10: ", "must exist"),
    "a time and a zone": (
        "due = 2027-01-11", "due = 2027-01-11T00:00:00Z", "line 10: milestones.due: ",
        "without quotes, time or zone"),
    "a day in quotes": ("due = 2027-01-11", 'due = "2027-01-11"', "line 10: ", "without quotes"),
    "before the project": (
        "due = 2027-01-11", "due = 2026-11-30", "line 10: milestones.due: 2026-11-30 lies before",
        "or correct `created`"),
    "no date": ("due = 2027-01-11\n", "", "line 7: milestones.due: is missing", "write due ="),
    "no owner": ('owner = "data_engineer"\n', "", "line 7: milestones.owner: ", "write owner ="),
    "an empty owner": ('"data_engineer"', '""', "line 11: milestones.owner: is empty", "owner ="),
    "no consumer": ('["care team"]', "[]", "line 12: milestones.consumers: nobody", "who does?"),
    "no evidence": (
        'evidence.files = ["docs/data.md"]\n', "", "line 7: milestones.evidence: nothing would show",
        "evidence.files"),
    "an unknown gate": (
        'files = ["docs/data.md"]', 'gates = ["P11"]',
        "line 13: milestones.evidence.gates: no gate is called `P11`", "one of P1, P2"),
    "a gate that waits for itself": (
        'files = ["docs/data.md"]', 'gates = ["P9"]', "no gate is called `P9`", "one of P1, P2"),
    "a file elsewhere": ("docs/data.md", "../data.md", "line 13: ", "a file of the project"),
    "an unknown dependency": (
        '["model"]', '["modle"]', "line 32: milestones.depends_on: no milestone is called `modle`",
        "one of data, model, canary, launch"),
    "a dependency on itself": ('["data"]', '["model"]', "line 22: ", "take one of these"),
    "a cycle": (
        'consumers = ["care team"]', 'consumers = ["care team"]\ndepends_on = ["launch"]',
        " waits for ", "take one of these dependencies out"),
    "an id twice": ('id = "model"', 'id = "data"', "line 8: milestones.id: `data` is", "another id"),
    "an id with blanks": ('id = "data"', 'id = "my data"', "line 8: ", "letters, digits and hyphens"),
    "an estimate upside down": ("[1, 2, 3]", "[3, 2, 1]", "line 14: ", "least, likely and most"),
    "an estimate without three": ("[1, 2, 3]", "[1, 2]", "line 14: ", "least, likely and most"),
    "a key that nobody reads": ('title = "Data"', 'title = "D"\nnote = "x"', "line 10: ", "remove it"),
    "a record without a reason": (
        "# The last one.",
        "[[milestones.log]]\ndate = 2026-12-09\nfrom = 2027-01-01\nto = 2027-01-15\n"
        'told = ["care team"]', "line 36: milestones.log.reason: is missing", "write reason"),
    "no milestones": (PLAN[PLAN.index("[[") :], "", "there are none", "[[milestones]]"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_plan_that_cannot_be_used_is_an_error_with_line_and_fix(
    team: Workshop, name: str
) -> None:
    old, new, what, fix = UNUSABLE[name]
    edits(old, new)(team)
    answer = team("milestones", "check", "--today", "2026-12-10")
    assert (answer.code, answer.out) == (2, "")
    assert what in answer.err
    assert fix in answer.err.partition("  fix: ")[2]


def test_a_plan_that_is_gone_is_an_error(team: Workshop) -> None:
    (team.root / "milestones.toml").unlink()
    assert team("milestones", "check").err.startswith("error: milestones.toml cannot be read: ")


def replan(team: Workshop, *words: str) -> tuple[int, str]:
    answer = team("milestones", "replan", *words, "--today", "2027-01-04")
    return answer.code, answer.out + answer.err


TOLD = ("--reason", "The registry is late", "--told", "care team")


def test_a_move_needs_a_reason_and_that_consumers_know(team: Workshop) -> None:
    before = team.read("milestones.toml")
    assert replan(team, "launch", "2027-01-25")[0] == 2
    assert "no reason" in replan(team, "launch", "2027-01-25", "--told", "care team")[1]
    code, said = replan(team, "launch", "2027-01-25", *TOLD)
    assert code == 2
    assert "error: billing has not been told" in said
    assert "add --told 'care team' --told billing" in said
    assert replan(team, "lunch", "2027-01-25", *TOLD)[0] == 2
    assert "is due on 2027-01-15 already" in replan(team, "canary", "2027-01-15", *TOLD)[1]
    assert team.read("milestones.toml") == before


def test_a_move_is_recorded_and_the_rest_of_the_file_kept(team: Workshop) -> None:
    code, said = replan(team, "canary", "2027-01-19", *TOLD)
    assert (code, said.splitlines()[0]) == (0, "canary: 2027-01-15 -> 2027-01-19, for care team")
    record = (
        "\n[[milestones.log]]\ndate = 2027-01-04\nfrom = 2027-01-15\nto = 2027-01-19\n"
        'reason = "The registry is late"\ntold = ["care team"]\n'
    )
    expected = PLAN.replace("due = 2027-01-15 #", "due = 2027-01-19 #")
    expected = expected.replace("\n# The last one.", f"{record}\n# The last one.")
    assert team.read("milestones.toml") == expected
    assert replan(team, "canary", "2027-01-20", *TOLD)[0] == 0
    log = Plan.load(team.root).by_id["canary"].log
    assert [(each.old.day, each.new.day) for each in log] == [(15, 19), (19, 20)]


def test_a_cascade_moves_what_cannot_be_kept_in_working_days(team: Workshop) -> None:
    code, said = replan(team, "data", "2027-01-13", *TOLD, "--told", "billing", "--cascade")
    assert code == 0
    assert [line.split(", ")[0] for line in said.splitlines()[:4]] == [
        "data: 2027-01-11 -> 2027-01-13",
        "model: 2027-01-13 -> 2027-01-15",
        "canary: 2027-01-15 -> 2027-01-20",
        "launch: 2027-01-20 -> 2027-01-22",
    ]
    assert team("milestones", "check", "--today", "2027-01-04").code == 0


def git(team: Workshop, *words: str) -> None:
    mine = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *mine, *words], cwd=team.root, check=True, capture_output=True)


@pytest.fixture
def kept(team: Workshop) -> Workshop:
    """The same under git."""
    git(team, "init", "--quiet", "--initial-branch=main")
    git(team, "add", "--all")
    git(team, "commit", "--quiet", "--message=Plan")
    return team


@pytest.mark.parametrize("committed", [False, True])
def test_a_date_moved_by_hand_is_red_until_it_is_recorded(
    kept: Workshop, *, committed: bool
) -> None:
    edits("due = 2027-01-20", "due = 2027-01-27")(kept)
    if committed:
        git(kept, "commit", "--quiet", "--all", "--message=Nobody will notice")
    answer = kept("milestones", "check", "--today", "2026-12-10")
    assert answer.code == 1
    assert "launch moved from 2027-01-20 to 2027-01-27, and [[milestones.log]]" in answer.out
    told = (*TOLD, "--told", "billing")
    assert replan(kept, "launch", "2027-01-27", "--moved-from", "2027-01-20", *told)[0] == 0
    assert kept("milestones", "check", "--today", "2027-01-04").code == 0


def test_a_move_that_is_taken_back_in_silence_has_happened_all_the_same(kept: Workshop) -> None:
    for old, new in (("2027-01-20", "2027-01-27"), ("2027-01-27", "2027-01-20")):
        edits(f"due = {old}", f"due = {new}")(kept)
        git(kept, "commit", "--quiet", "--all", "--message=Nobody will notice")
    said = kept("milestones", "check", "--today", "2026-12-10").out
    assert said.count("launch moved from") == 2


def test_a_promise_is_dropped_only_with_a_record(kept: Workshop) -> None:
    edits(PLAN[PLAN.index('[[milestones]]\nid = "launch"') :], "")(kept)
    answer = kept("milestones", "check", "--today", "2026-12-10")
    assert answer.code == 1
    assert "launch, promised for 2027-01-20, is gone, and no [[dropped]] says why" in answer.out
    with (kept.root / "milestones.toml").open("a") as file:
        file.write('[[dropped]]\nid = "launch"\ndate = 2026-12-09\nreason = "No"\ntold = ["all"]\n')
    assert kept("milestones", "check", "--today", "2026-12-10").code == 0


def test_a_move_on_a_branch_counts_once_merged(kept: Workshop) -> None:
    git(kept, "checkout", "--quiet", "-b", "later")
    assert replan(kept, "launch", "2027-01-27", *TOLD, "--told", "billing")[0] == 0
    git(kept, "commit", "--quiet", "--all", "--message=Later")
    git(kept, "checkout", "--quiet", "main")
    git(kept, "merge", "--quiet", "--no-ff", "--message=Merge", "later")
    assert kept("milestones", "check", "--today", "2027-01-04").code == 0


def test_a_shallow_clone_says_what_it_does_not_know(kept: Workshop, tmp_path: Path) -> None:
    edits("due = 2027-01-20", "due = 2027-01-27")(kept)
    git(kept, "commit", "--quiet", "--all", "--message=Nobody will notice")
    git(kept, "clone", "--quiet", "--depth=1", f"file://{kept.root}", str(tmp_path / "clone"))
    answer = Workshop(tmp_path / "clone")("milestones", "check", "--today", "2026-12-10")
    assert answer.code == 0
    assert "note: a shallow clone" in answer.out


def test_a_repository_makes_nobody_run_what_it_names(kept: Workshop) -> None:
    spy = kept.root / "spy.sh"
    spy.write_text("#!/bin/sh\ntouch ran\n")
    spy.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program"):
        git(kept, "config", key, str(spy))
    git(kept, "config", "log.showSignature", "true")
    (kept.root / ".gitattributes").write_text("*.toml diff=spy\n")
    git(kept, "config", "diff.spy.textconv", str(spy))
    (kept.root / "ran").unlink(missing_ok=True)
    assert kept("milestones", "check", "--today", "2026-12-10").code == 0
    assert not (kept.root / "ran").exists()


def test_commands_are_run_and_recorded_only_when_asked(team: Workshop) -> None:
    edits('files = ["docs/data.md"]', 'commands = ["touch docs/made", "false"]')(team)
    assert team("milestones", "check", "--today", "2026-12-10").code == 0
    assert not (team.root / "docs/made").exists()
    answer = team("milestones", "prove", "--today", "2026-12-10")
    assert (answer.code, answer.out) == (1, "2 run, 1 failed: false\n")
    assert (team.root / "docs/made").exists()
    kept = json.loads(team.read("reports/commands.json"))
    assert {line: each["exit"] for line, each in kept.items()} == {"touch docs/made": 0, "false": 1}
    assert kept["false"]["inputs"] == inputs(team.root)
    assert team("milestones", "prove", "--today", "2026-12-11").out == "1 run, 1 failed: false\n"


def judged(team: Workshop, status: str) -> None:
    report = {"inputs": inputs(team.root), "practices": [{"id": "P1", "status": status}]}
    (team.root / "reports").mkdir(exist_ok=True)
    (team.root / "reports/readiness.json").write_text(json.dumps(report))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("green", "done"),
        ("waived", "done"),
        ("red", "on track"),
        ("missing", "unknown"),
        ("stale", "unknown"),
    ],
)
def test_a_gate_counts_as_the_last_run_judged_it(team: Workshop, status: str, state: str) -> None:
    edits('files = ["docs/data.md"]', 'gates = ["P1"]')(team)
    judged(team, status)
    found = json.loads(team("milestones", "list", "--json", "--today", "2026-12-10").out)
    assert found["milestones"][0]["state"] == state


def test_a_readiness_report_of_other_inputs_says_nothing(team: Workshop) -> None:
    edits('files = ["docs/data.md"]', 'gates = ["P1"]')(team)
    judged(team, "green")
    (team.root / "contract.toml").write_text(team.read("contract.toml") + "# Changed.\n")
    said = team("milestones", "check", "--today", "2026-12-10").out
    assert "P1 is not known: reports/readiness.json is older than its inputs" in said


def test_a_link_out_of_the_project_proves_nothing(team: Workshop) -> None:
    (team.root / "docs/data.md").symlink_to("/etc/hostname")
    assert (
        "but docs/data.md does not exist"
        in team("milestones", "check", "--today", "2027-01-12").out
    )


def test_a_comment_for_a_pull_request_keeps_words_words(team: Workshop) -> None:
    edits('title = "Data"', 'title = "<b>@all</b> | `x`"')(team)
    said = team("milestones", "check", "--markdown", "--today", "2027-01-12").out
    assert said.startswith("<!-- milestones -->\n**Milestones: not kept: 1 red. ")
    assert r"| \<b\>\@all\</b\> \| \`x\` | 2027-01-11 |" in said


def test_the_page_with_the_chart_follows_the_plan(team: Workshop) -> None:
    assert team("milestones", "gantt", "--check").code == 1
    assert team("milestones", "gantt", "--write").code == 0
    assert team("milestones", "gantt", "--check").code == 0
    assert "    Launch :launch, after canary, 2027-01-20\n" in team.read("docs/plan.md")
    assert replan(team, "launch", "2027-01-25", *TOLD, "--told", "billing")[0] == 0
    assert team("milestones", "gantt", "--check").code == 0
    edits("due = 2027-01-25", "due = 2027-01-26")(team)
    assert team("milestones", "gantt", "--check").code == 1
    said = team("milestones", "check", "--today", "2027-01-04").out
    assert "launch moved from 2027-01-25 to 2027-01-26, and [[milestones.log]]" in said


def test_the_plan_that_the_sample_came_with_can_be_kept() -> None:
    plan = Plan.load(Path(__file__).parent / "sample")
    assert len(plan.milestones) == 10
    order = [each.due for each in plan.milestones]
    assert order == sorted(order)
    assert plan.created < order[0]


def test_a_day_is_a_day() -> None:
    with pytest.raises(BadPlan, match="no milestone is called"):
        Plan.parse(PLAN).among("x")
    assert Plan.parse(PLAN).by_id["data"].due == date(2027, 1, 11)
