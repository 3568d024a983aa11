"""Updates and checks beside those of Copier and cruft; writes docs/update-benchmarks.md."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import machine
from document import MEGABYTE, _table
from measure import Command, Cost, Place, Spread, once

ROOT = Path(__file__).parents[1]
SIZES = (30, 100, 300, 1000)
VERSIONS = (2, 5, 20)
BODY = "".join(f"line {number}\n" for number in range(60))
CACHE = "MODELWRIGHT_CACHE_DIR"
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"


@dataclass(frozen=True)
class Case:
    """A template with so many files and versions, and a project of each tool's from the first."""

    root: Path
    files: int
    versions: int

    def make(self) -> None:
        """Lay out template and projects, with edits of a team's in a third of the files."""
        for kind in ("copier", "cookiecutter"):
            self._template(kind)
        copier = self.root / "copier"
        _run([_tool("copier"), "copy", "--quiet", "--defaults", "--vcs-ref", "v1.0.0", copier,
              self.root / "of-copier"])  # fmt: skip
        _git(self.root / "of-copier", "init", "--quiet")
        if peer := shutil.which("cruft"):
            _run([peer, "create", "--no-input", "--checkout", "v1.0.0", "--output-dir",
                  self.root / "made", self.root / "cookiecutter"])  # fmt: skip
            (self.root / "made/churn").rename(self.root / "of-cruft")
            _git(self.root / "of-cruft", "init", "--quiet")
        for project in self.root.glob("of-*"):
            for number in range(0, self.files, 3):
                file = project / f"m{number}.py"
                file.write_text(file.read_text().replace("line 9\n", "mine\n"))
            _commit(project, "mine")

    def _template(self, kind: str) -> None:
        folder = self.root / kind
        inside = folder / "{{ cookiecutter.name }}" if kind == "cookiecutter" else folder
        inside.mkdir(parents=True)
        if kind == "copier":
            (folder / "copier.yml").write_text("name: churn\n")
            (folder / ANSWERS).write_text("{{ _copier_answers|to_nice_yaml -}}\n")
        else:
            (folder / "cookiecutter.json").write_text(json.dumps({"name": "churn"}))
        _git(folder, "init", "--quiet")
        name = "{{ name }}" if kind == "copier" else "{{ cookiecutter.name }}"
        suffix = ".jinja" if kind == "copier" else ""
        for version in range(1, self.versions + 1):
            for number in range(self.files):
                changed = BODY.replace("line 40\n", f"line 40 of {version}\n")
                (inside / f"m{number}.py{suffix}").write_text(f"# {name}\n{changed}")
            _commit(folder, f"v{version}.0.0")
            _git(folder, "tag", f"v{version}.0.0")

    def race(self, commands: Mapping[str, tuple[str, Command]], repeats: int) -> dict[str, Series]:
        """Run the commands in turn, each in a new copy of its project."""
        found: dict[str, list[Cost]] = {name: [] for name in commands}
        for turn in range(repeats + 1):
            for name, (project, command) in commands.items():
                cost = self._once(project, command)
                if turn:
                    found[name].append(cost)
        return {
            name: Series(tuple(costs), self._processes(*commands[name]))
            for name, costs in found.items()
        }

    def _once(self, project: str, command: Command, **more: str) -> Cost:
        place = self.root / "work"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.root / project, place, symlinks=True)
        _git(place, "status")  # a copy's index knows its files once git has looked
        return once(command, Place(place, {**os.environ, **more}))

    def _processes(self, project: str, command: Command) -> int:
        """Count the calls of git."""
        tools, log = self.root / "tools", self.root / "calls"
        tools.mkdir(exist_ok=True)
        log.write_text("")
        wrapper = tools / "git"
        wrapper.write_text(f'#!/bin/sh\necho >> {log}\nexec {shutil.which("git")} "$@"\n')
        wrapper.chmod(0o755)
        self._once(project, command, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
        return len(log.read_text().splitlines())


@dataclass(frozen=True)
class Series:
    """What one command cost, again and again, and how often it called git."""

    costs: tuple[Cost, ...]
    calls: int

    @property
    def wall(self) -> Spread:
        """The seconds of wall clock."""
        return Spread.of(cost.wall for cost in self.costs)

    @property
    def cpu(self) -> Spread:
        """The seconds of CPU."""
        return Spread.of(cost.cpu for cost in self.costs)


def commands() -> dict[str, dict[str, tuple[str, Command]]]:
    """Return, by what they do, the commands with the project that each one works on."""
    ours = [sys.executable, "-m", "modelwright"]
    copier = _tool("copier")
    races: dict[str, dict[str, tuple[str, Command]]] = {
        "update": {
            "`modelwright update`": ("of-copier", [*ours, "update", "--defaults"]),
            "`copier update`": ("of-copier", [copier, "update", "--defaults", "--quiet"]),
        },
        "check": {
            "`modelwright check`, the first": (
                "of-copier",
                ["sh", "-c", f'{CACHE}=$(mktemp -d) exec "$@"', "sh", *ours, "check", "--json"],
            ),
            "`modelwright check`, again": ("of-copier", [*ours, "check", "--json"]),
            "`modelwright check --quiet`": ("of-copier", [*ours, "check", "--quiet"]),
            "`copier check-update`": ("of-copier", [copier, "check-update", "--quiet"]),
        },
    }
    if peer := shutil.which("cruft"):
        races["update"]["`cruft update`"] = ("of-cruft", [peer, "update", "--skip-apply-ask"])
        races["check"]["`cruft check`"] = ("of-cruft", [peer, "check"])
    return races


def paragraphs(repeats: int) -> Generator[str]:
    """Yield the page, measuring as it goes."""
    today, began = dt.datetime.now(dt.UTC).date(), os.getloadavg()[1]
    yield "# Benchmarks of updates"
    yield (
        f"Measured on {today} at commit {machine.commit()} by `python bench/update.py`: whole\n"
        f"processes, {repeats} times each and in turn, on copies of one project; the median, and\n"
        "the ratio of medians. Every version changes every file, the team has edited a third.\n"
        "Checks find the project behind; ours says then also which files would change, and\n"
        "remembers it: the first check of a commit renders, a second one does not, and neither\n"
        "does `--quiet`, which compares versions as Copier does."
    )
    cases = [(files, 2) for files in SIZES] + [(30, versions) for versions in VERSIONS[1:]]
    rows: dict[str, list[tuple[str, ...]]] = {"update": [], "check": []}
    for files, versions in cases:
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            case = Case(Path(made), files, versions)
            case.make()
            for doing, racers in commands().items():
                rows[doing] += _rows(case, case.race(racers, repeats))
    head = ("Files", "Versions", "Command", "Wall, s", "CPU, s", "Memory, MB", "Calls of git",
            "Wall beside Copier", "CPU beside Copier")  # fmt: skip
    for doing, found in rows.items():
        yield f"## {doing.capitalize()}"
        yield _table(head, found)
    yield (
        f"The machine has {os.cpu_count()} processors, for which {began:.1f} processes waited\n"
        f"when this began and {os.getloadavg()[1]:.1f} when it ended (mean of five minutes)."
    )


def _rows(case: Case, series: Mapping[str, Series]) -> Generator[tuple[str, ...]]:
    copier = next(one for name, one in series.items() if name.startswith("`copier"))
    for name, one in series.items():
        yield (
            str(case.files),
            str(case.versions),
            name,
            f"{one.wall.median:.2f} ({one.wall.low:.2f}-{one.wall.high:.2f})",
            f"{one.cpu.median:.2f}",
            f"{max(cost.memory for cost in one.costs) / MEGABYTE:.0f}",
            str(one.calls),
            f"{one.wall.median / copier.wall.median:.2f}x",
            f"{one.cpu.median / copier.cpu.median:.2f}x",
        )


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _run(command: Command) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def _git(folder: Path, *arguments: str) -> None:
    _run(["git", "-C", folder, *arguments])


def _commit(folder: Path, message: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", message)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    text = "\n\n".join(paragraphs(parser.parse_args().repeats)) + "\n"
    print(text)
    (ROOT / "docs/update-benchmarks.md").write_text(text)
