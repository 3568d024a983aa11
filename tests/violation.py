"""A violation: a change to a fresh repository that breaks a practice or a test of the rubric.

Each is a file in `tests/violations/`: a patch that `git apply` takes, or, where data has to
change, a module with `violate(project)`. Patch and docstring begin alike: a title, what
somebody did in a sentence or two, and trailers.

    Breaks: P2 P6      the practices that turn red, root cause first
    Fails: M5          the tests of the ML Test Score that fail
    Study: features    what has to be studied to see it
    Committed: no      the change is left in the work tree
"""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
import runpy
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project import Project

FOLDER = Path(__file__).parent / "violations"
TRAILERS = {"Breaks", "Fails", "Study", "Committed"}
# What a run makes and what judges it: no violation may touch them.
BEYOND_REACH = ("reports/", "models/", "data/table.csv", "src/churn/gates/", "src/churn/rubric")


@dataclass(frozen=True)
class Violation:
    """What somebody does to a repository, and what has to be noticed."""

    file: Path
    title: str
    sentence: str
    breaks: tuple[str, ...]
    fails: tuple[str, ...]
    study: tuple[str, ...]
    committed: bool

    def change(self, folder: Path) -> None:
        """Do it to the repository in *folder*."""
        if self.file.suffix == ".patch":
            apply = ["git", "apply", "--whitespace=nowarn", self.file]
            subprocess.run(apply, cwd=folder, check=True)
        else:
            runpy.run_path(str(self.file))["violate"](folder)


@dataclass(frozen=True)
class Noticed:
    """What a repository's own readiness report says."""

    red: frozenset[str]
    cause: str | None
    failed: frozenset[str]
    finding: str
    said: str
    seconds: float


def read(file: Path) -> Violation:
    """Understand a file; the order in which it breaks practices is kept."""
    text = file.read_text("utf-8")
    message = (ast.get_docstring(ast.parse(text)) or "") if file.suffix == ".py" else text
    message = message.partition("\ndiff --git ")[0].strip()
    title, sentence, *rest = message.split("\n\n")
    given = dict(re.findall(r"^(\w+): (.+)$", "\n".join(rest), re.M))
    assert given.keys() <= TRAILERS, f"{file.name}: {given.keys() - TRAILERS}"
    return Violation(
        file,
        title,
        " ".join(sentence.split()),
        breaks=tuple(given.get("Breaks", "").split()),
        fails=tuple(given.get("Fails", "").split()),
        study=tuple(given.get("Study", "").split()),
        committed=given.get("Committed") != "no",
    )


def all_of_them() -> list[Violation]:
    """Every violation, practices before the rubric's tests, each in its order."""
    files = [path for path in FOLDER.iterdir() if path.suffix in {".patch", ".py"}]
    return [read(path) for path in sorted(files, key=_place)]


def _place(file: Path) -> tuple[int, int, str]:
    found = re.match(r"([PDMIO])(\d+)-", file.name)
    assert found, f"{file.name} does not begin with what it breaks"
    return "PDMIO".index(found[1]), int(found[2]), file.name


def edit(file: Path, old: str, new: str) -> None:
    """Replace *old*, which stands there once."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), "utf-8")


def rewrite(project: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Write the sample again, each of its rows changed."""
    sample = project / "data/sample/rand-hie.csv.gz"
    with gzip.open(sample, "rt", encoding="utf-8", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with gzip.open(sample, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True)
class Workshop:
    """A repository whose pipeline has run, with its environment; copies of it are spoilt."""

    folder: Path
    python: Path
    environment: Mapping[str, str]

    @classmethod
    def of(cls, project: Project) -> Workshop:
        """The workshop of a generated repository; each of its processes keeps to one thread."""
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        python = project.folder / ".venv/bin/python"
        return cls(project.folder, python, {**project.environment, **threads})

    def copy(self, place: Path) -> Workshop:
        """Copy all but the environment; stages stay cached, since they go by content."""
        shutil.copytree(self.folder, place, ignore=shutil.ignore_patterns(".venv"))
        return Workshop(place, self.python, self.environment)

    def notice(self, violation: Violation) -> Noticed:
        """Commit the violation here, run what a team would run, and read what it says."""
        before = made_by_runs(self.folder)
        violation.change(self.folder)
        assert made_by_runs(self.folder) == before, f"{violation.file.name}: touches what runs make"
        if violation.committed:
            self.commit(violation.title)
        return self.judged("study", *violation.study) if violation.study else self.judged("run")

    def commit(self, message: str) -> None:
        """Commit all that stands here, as somebody would who leaves out the hooks."""
        for words in (("add", "--all"), ("commit", "--no-verify", "--quiet", "-m", message)):
            subprocess.run(["git", *words], cwd=self.folder, env=self.environment, check=True)

    def judged(self, *command: str) -> Noticed:
        """Run *command* and read the readiness report that it ends with."""
        report = self.folder / "reports/readiness.json"
        report.unlink(missing_ok=True)
        began = time.monotonic()
        done = self.run(*command)
        said = f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        assert report.exists(), said
        found = noticed(json.loads(report.read_text("utf-8")), said, time.monotonic() - began)
        assert done.returncode == bool(found.red), said
        return found

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run the project's own command, on the code that stands here."""
        return subprocess.run(
            [self.python, "-m", "churn", *command],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": str(self.folder / "src")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def noticed(report: dict[str, Any], said: str, seconds: float) -> Noticed:
    """What a readiness report says of practices and tests."""
    practices = {each["id"]: each for each in report["practices"]}
    cause = report["root_cause"]
    return Noticed(
        frozenset(name for name, each in practices.items() if each["status"] == "red"),
        cause,
        frozenset(t["id"] for t in report["ml_test_score"]["tests"] if t["status"] == "failed"),
        practices[cause]["finding"] if cause else "",
        said,
        seconds,
    )


def made_by_runs(folder: Path) -> dict[str, int]:
    """Every file that runs make, with the time of its last change."""
    places = (folder / "reports", folder / "models")
    files = [path for place in places for path in place.rglob("*")] + [folder / "data/table.csv"]
    return {str(path): path.stat().st_mtime_ns for path in files if path.is_file()}
