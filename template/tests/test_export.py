"""Milestones on GitHub and GitLab: a program stands in for `gh` and `glab`.

It keeps what it hears, and answers as their APIs do where it matters: numbers of their own, a
state that is only changed by the right word, lists in pages that follow each other without a
comma.
"""

import json
import stat
import sys
from pathlib import Path

import pytest

from conftest import Workshop
from test_milestones import PLAN

FORGE = """#!{python}
import json, pathlib, sys
gitlab = pathlib.Path(sys.argv[0]).name == "glab"
store = pathlib.Path({store!r})
kept = json.loads(store.read_text()) if store.exists() else {{"milestones": [], "issues": []}}
path, *words = sys.argv[2:]
heard = json.loads(sys.stdin.read() or "null")
parts = path.partition("?")[0].split("/")
if "--method" not in words:
    for page in ([each] for each in kept[parts[-1]]):
        print(json.dumps(page), end="")
    print("[]")
    sys.exit()
kind = parts[-1] if words[1] == "POST" else parts[-2]
if words[1] == "POST":
    count = len(kept[kind]) + 1
    state = "open" if not gitlab else "active" if kind == "milestones" else "opened"
    each = {{"number": count, "iid": count, "id": count + 100 * gitlab, "state": state}}
    kept[kind].append(each)
    heard.pop("state")
else:
    assert words[1] == ("PUT" if gitlab else "PATCH"), words
    name = "number" if not gitlab else "id" if kind == "milestones" else "iid"
    each = next(one for one in kept[kind] if one[name] == int(parts[-1]))
if event := heard.pop("state_event", None):
    assert gitlab and "state" not in heard
    opened = "active" if kind == "milestones" else "opened"
    each["state"] = "closed" if event == "close" else opened
if kind == "issues" and (named := heard.pop("milestone_id" if gitlab else "milestone", None)):
    name = "id" if gitlab else "number"
    holders = [one for one in kept["milestones"] if one[name] == named]
    each["milestone"] = {{"id": holders[0]["id"], "number": holders[0]["number"]}}
if "due_on" in heard:
    heard["due_on"] = heard["due_on"][:10] + "T08:00:00Z"
each.update(heard)
store.write_text(json.dumps(kept))
print(json.dumps(each))
"""


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A plan, and both programs on PATH."""
    (tmp_path / "contract.toml").write_text("[project]\n")
    plan = PLAN.replace("[[milestones]]", '[[milestones]]\nnotes = "See the wiki."', 1)
    (tmp_path / "milestones.toml").write_text(plan)
    for name in ("gh", "glab"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        text = FORGE.format(python=sys.executable, store=str(tmp_path / f"{name}.json"))
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Workshop(tmp_path)


def export(team: Workshop, forge: str, *words: str) -> str:
    answer = team("milestones", "export", f"--{forge}", *words, "--today", "2026-12-10")
    assert answer.code == 0, answer.err
    return answer.out


@pytest.mark.parametrize(("forge", "program"), [("github", "gh"), ("gitlab", "glab")])
def test_an_export_is_a_plan_first_and_changes_nothing_when_done_twice(
    team: Workshop, forge: str, program: str
) -> None:
    planned = json.loads(export(team, forge))
    assert [each["kind"] for each in planned] == ["milestones", "issues"] * 4
    store = team.root / f"{program}.json"
    assert not store.exists()
    assert export(team, forge, "--yes") == "8 made or changed\n"
    assert export(team, forge, "--yes") == "0 made or changed\n"
    kept = json.loads(store.read_text())
    assert [len(kept[kind]) for kind in ("milestones", "issues")] == [4, 4]
    assert all(each["milestone"] for each in kept["issues"])
    body = kept["issues"][0]["body" if forge == "github" else "description"]
    assert "- [ ] docs/data.md\n\nSee the wiki.\n\n<!-- milestone: data -->" in body


@pytest.mark.parametrize(("forge", "program"), [("github", "gh"), ("gitlab", "glab")])
def test_what_moves_or_is_done_is_changed_there_and_nothing_else(
    team: Workshop, forge: str, program: str
) -> None:
    export(team, forge, "--yes")
    (team.root / "docs").mkdir()
    (team.root / "docs/data.md").write_text("It is so.\n")
    assert export(team, forge, "--yes") == "2 made or changed\n"
    kept = json.loads((team.root / f"{program}.json").read_text())
    assert [each["state"] for each in kept["milestones"]].count("closed") == 1
    assert kept["issues"][0]["state"] == "closed"
    plan = team.root / "milestones.toml"
    plan.write_text(plan.read_text().replace("2027-01-20", "2027-01-21"))
    assert export(team, forge, "--yes") == "2 made or changed\n"
    kept = json.loads((team.root / f"{program}.json").read_text())
    due = "due_on" if forge == "github" else "due_date"
    assert kept["milestones"][3][due].startswith("2027-01-21")


def test_a_program_that_is_missing_is_the_users_to_fix(
    team: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    answer = team("milestones", "export", "--github", "--yes")
    assert answer.code == 2
    assert "error: `gh` is not installed" in answer.err
    assert team("milestones", "export").code == 2
