"""A later wheel updates a project that an earlier one made, without a network or a history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from updating import standing

from modelwright import builtin, new, render
from modelwright.core.errors import Stop
from modelwright.core.lineage import Source
from modelwright.drift import check
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
    """A project made by version 0.0.9, whose SECURITY.md had another last line."""
    monkeypatch.setattr(builtin, "RELEASES", tmp_path / "releases")
    former = tmp_path / "former"
    for name in files():
        (former / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, former / name)
    security = former / "template/SECURITY.md"
    security.write_text(security.read_text() + "\nOld words.\n")
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
    }
    assert "Old words" not in team.read("SECURITY.md")
    assert "Mine." in team.read("README.md")
    assert check(older, Request()).current


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
