"""Projects to test in: the contract and the sample as they are, in a folder of their own."""

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from acme_project.cli import main

ROOT = Path(__file__).parents[1]
# Contract, plan, owners and datasheet as they came with the sample: a team edits its own.
AS_SHIPPED = Path(__file__).parent / "sample"
WAIVER = """
[[waivers]]
practice = "P7"
reason = "The registry brings the missing group in March."
person = "@head-of-care"
data = "RAND HIE"
until = 2027-03-31
"""
CODE = "src/acme_project"
PIPELINE = ("dvc.yaml", "dodo.py", "studies/dvc.yaml")
WORKFLOW = """
on: [push]
jobs:
  pipeline:
    steps:
      - run: acme-project run
"""
CALENDAR = """
on:
  schedule: [{cron: "0 4 1 * *"}]
jobs:
  retrain:
    steps:
      - run: acme-project retrain
      - run: acme-project run
"""


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Workshop:
    """A project in a folder of its own; its commands run as a user would run them."""

    root: Path

    def __call__(self, *words: str) -> Answer:
        """Run a command here and now; its stages, if any, are processes of their own."""
        out, err = io.StringIO(), io.StringIO()
        with chdir(self.root), redirect_stdout(out), redirect_stderr(err):
            try:
                main(list(words))
            except SystemExit as end:
                code = end.code or 0
        assert isinstance(code, int)
        return Answer(code, out.getvalue(), err.getvalue())

    def start(self, *words: str) -> Answer:
        """Run a command in a process of its own, as a user would, with the project's own code."""
        done = subprocess.run(
            [sys.executable, "-m", "acme_project", *words],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def read(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace what matches *old* exactly once."""
        text, count = re.subn(old, new.replace("\\", "\\\\"), self.read(path), flags=re.MULTILINE)
        assert count == 1, f"{old!r} stands {count} times in {path}"
        (self.root / path).write_text(text, "utf-8")

    def files(self) -> set[str]:
        """Every file of the project, but for caches."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)) for path in found if path.suffix != ".pyc"}


def workshop(folder: Path) -> Workshop:
    """A fresh project; two rungs and one round of folds are enough for tests."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data/sample", folder / "data/sample")
    for name in (".gitignore", *PIPELINE):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "docs").mkdir()
    for name in ("contract.toml", "milestones.toml", "CODEOWNERS", "docs/datasheet.md"):
        shutil.copy(AS_SHIPPED / Path(name).name, folder / name)
    shutil.copy(ROOT / "docs/runbook.md", folder / "docs/runbook.md")
    made = Workshop(folder)
    postpone(folder / "contract.toml")
    postpone(folder / "milestones.toml")
    (folder / "ci.yml").write_text(WORKFLOW, "utf-8")
    (folder / "retrain.yml").write_text(CALENDAR, "utf-8")
    made.edit("contract.toml", r"^ci = .*$", 'ci = "ci.yml"')
    made.edit("contract.toml", r"^repeats = \d+$", "repeats = 1")
    made.edit("contract.toml", r"^ladder = .*$", 'ladder = ["rule", "linear"]')
    return made


def postpone(file: Path) -> None:
    """Move the launch and all that is due by 400 years, after which weekdays repeat.

    No promise is then broken on whatever day the tests run.
    """
    text = file.read_text("utf-8")
    due = re.compile(r'^((?:due|date) = "?)(\d{4})', re.MULTILINE)
    file.write_text(due.sub(lambda found: f"{found[1]}{int(found[2]) + 400}", text), "utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Workshop:
    return workshop(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A project whose pipeline has run once; tests only read it."""
    made = workshop(tmp_path_factory.mktemp("finished"))
    assert made.start("run").code == 0
    return made


@pytest.fixture
def copy(finished: Workshop, tmp_path: Path) -> Workshop:
    """A copy of the finished project, to change."""
    return Workshop(shutil.copytree(finished.root, tmp_path / "copy"))


@pytest.fixture
def small_table(tmp_path: Path) -> Callable[..., Path]:
    """Write a table of 60 rows, good but for what is passed."""

    def write(content: bytes | None = None, name: str = "table.csv") -> Path:
        rows = [f"{i},{i % 7},{'ab'[i % 2]},{int(i % 3 == 0)}" for i in range(60)]
        good = "\n".join(["id,size,plan,outcome", *rows, ""]).encode()
        path = tmp_path / name
        path.write_bytes(good if content is None else content)
        return path

    return write
