"""A later wheel updates a project that an earlier one made, without a network or a history."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Modelwright
from updating import Team, standing

from modelwright import builtin, new, render
from modelwright.core.errors import Stop
from modelwright.core.lineage import Source
from modelwright.drift import check
from modelwright.naming.derived import working_day
from modelwright.project import Request
from modelwright.update import Landed, update


def files() -> list[str]:
    """Return what a release holds: the template, without what running it leaves behind."""
    ignored = {".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "reports", ".hypothesis"}
    found = (path for path in (ROOT / "template").rglob("*") if path.is_file())
    kept = (path for path in found if not ignored & set(path.parts))
    return ["copier.yml", *(path.relative_to(ROOT).as_posix() for path in kept)]


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project made by version 0.0.9: another end of SECURITY.md, another title in the plan."""
    monkeypatch.setattr(builtin, "RELEASES", tmp_path / "releases")
    former = tmp_path / "former"
    for name in files():
        (former / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, former / name)
    security = former / "template/SECURITY.md"
    security.write_text(security.read_text() + "\nOld words.\n")
    plan = former / "template/milestones.toml"
    plan.write_text(plan.read_text().replace('title = "Launch"', 'title = "Go live"'))
    builtin.pack("0.0.9", former, files())
    monkeypatch.setattr(builtin, "version", lambda: "0.0.9")
    monkeypatch.setattr(builtin, "folder", lambda: former)
    new.new(tmp_path / "churn", new.Plan(install=False))
    monkeypatch.setattr(builtin, "version", lambda: "0.1.0")
    monkeypatch.setattr(builtin, "folder", lambda: ROOT)
    return tmp_path / "churn"


def test_a_later_wheel_updates_an_older_project(older: Path):
    team = standing(older)
    (older / "README.md").write_text((older / "README.md").read_text() + "\nMine.\n")
    team.commit()
    assert "Old words" in team.read("SECURITY.md")
    assert not check(older, Request()).current

    done = update(older, Request(), Landed(commit=True))

    assert done.outlook.merged.verdicts == {
        ".copier-answers.yml": "updated",
        "SECURITY.md": "updated",
        "milestones.toml": "updated",
    }
    assert "Old words" not in team.read("SECURITY.md")
    assert "Mine." in team.read("README.md")
    assert check(older, Request()).current


def test_a_newer_plan_leaves_dates_alone_that_a_team_has_moved(
    modelwright: Modelwright, older: Path
):
    team = standing(older)
    before = launch(team)
    later = working_day(before["due"].isoformat(), 3, "US")
    told = ("--reason", "Late", "--told", "care team")
    assert modelwright("milestones", "replan", "launch", str(later), older, *told).exit == 0
    team.commit()

    done = update(older, Request(), Landed(commit=True))

    assert done.outlook.merged.verdicts["milestones.toml"] == "merged"
    after = launch(team)
    assert (before["title"], after["title"]) == ("Go live", "Launch")
    assert (after["due"], after["log"][0]["to"]) == (later, later)


def launch(team: Team) -> dict[str, Any]:
    """Return the milestone of the launch, as a team's plan has it."""
    found = tomllib.loads(team.read("milestones.toml"))["milestones"]
    return next(each for each in found if each["id"] == "launch")


def test_a_version_that_the_wheel_does_not_carry_is_named(older: Path):
    answers = older / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("0.0.9", "0.0.1"))
    standing(older).commit()
    with pytest.raises(Stop, match=r"does not carry version 0\.0\.1"):
        update(older, Request(), Landed())


def test_every_release_that_is_recorded_still_renders(tmp_path: Path):
    for release in builtin.releases():
        into = tmp_path / release / "churn"
        with render.opened(Source(ref=release), into) as template:
            template.write(template.answer({}), into)
        assert (into / "pyproject.toml").exists()
