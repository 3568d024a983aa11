"""What the tests share: the real command, in folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soak
from project import Outcome, Project
from updating import Team, Template

ROOT = Path(__file__).parents[1]
NOBODY = 65534
FOREIGN = ("GIT_", "UV_PROJECT", "SOAK")
collect_ignore = [] if soak.SOAKING else ["test_sudden_death.py"]


class Modelwright:
    """The installed command, as a person calls it."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("GIT_", "UV_PROJECT", "SOAK"))
            },
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "MODELWRIGHT_CACHE_DIR": str(home / "cache"),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path("~/.cache/uv").expanduser())),
        }
        home.joinpath("gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")

    def __call__(self, *arguments: str | Path, cwd: Path | None = None, **more: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "modelwright", *map(str, arguments)],
            cwd=cwd,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test knows what another one fetched or found."""
    monkeypatch.setenv("MODELWRIGHT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def modelwright(tmp_path_factory: pytest.TempPathFactory) -> Modelwright:
    return Modelwright(tmp_path_factory.mktemp("home"))


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path / "template")


@pytest.fixture
def team(tmp_path: Path, template: Template) -> Team:
    return Team(tmp_path / "team", template)


@pytest.fixture(scope="session")
def created(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Outcome]:
    """A repository made once, with everything installed and its pipeline run."""
    modelwright = Modelwright(tmp_path_factory.mktemp("home"))
    folder = tmp_path_factory.mktemp("work") / "churn"
    outcome = modelwright("new", folder, "--defaults", "--run")
    uv = Path(sys.executable).parent / "uv"
    return Project(folder, modelwright.environment, uv), outcome


@pytest.fixture(scope="session")
def project(created: tuple[Project, Outcome]) -> Project:
    return created[0]


@contextmanager
def unprivileged(folder: Path) -> Generator[None]:
    """Act as a user whom permissions stop: root may write everywhere, so a fault would not bite."""
    if os.getuid() != 0:
        yield
        return
    temporary = Path(tempfile.gettempdir())
    for place in (folder, Path(sys.prefix)):
        for parent in (place, *place.parents):
            if parent != temporary and parent.is_relative_to(temporary):
                parent.chmod(parent.stat().st_mode | 0o055)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def tree(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files below *folder*, by path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """In CI a skipped test is a failure: what was not looked at is not green."""
    report = yield
    if report.skipped and "CI" in os.environ and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report
