"""A fleet's update and status beside a loop of `copier update`; writes docs/fleet-benchmarks.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
from document import MEGABYTE, _table
from measure import Cost, Place, Running
from update import ANSWERS, _commit, _git, _run, _tool

ROOT = Path(__file__).parents[1]
FILES = 60
VERSIONS = 3
SIZES = (20, 50, 100)
BODY = "".join(f"value_{number} = {number}\n" for number in range(60))
HEAD = ("Answers", "Command", "Repositories", "Wall, s", "Each, s", "CPU each, s", "Wall", "CPU")
HEAD_OF_MEMORY = ("Command", *map(str, SIZES))
OURS = [sys.executable, "-m", "modelwright", "fleet"]
LOOP = 'for each in repos/*; do (cd "$each" && "$0" update --defaults --quiet) || exit 1; done'
AGAIN = "`modelwright fleet status`, again"


@dataclass(frozen=True)
class Fleet:
    """So many repositories of one template, at different versions, each with edits of its own."""

    root: Path
    size: int
    alike: bool

    def make(self) -> None:
        """Lay out the template and the repositories."""
        template = self.root / "template"
        template.mkdir()
        (template / "copier.yml").write_text("name: churn\n")
        (template / ANSWERS).write_text("{{ _copier_answers|to_nice_yaml -}}\n")
        _git(template, "init", "--quiet")
        for version in range(1, VERSIONS + 1):
            for number in range(FILES):
                changed = BODY.replace("value_40 = 40\n", f"value_40 = {version}\n")
                (template / f"m{number}.py.jinja").write_text(f"# {{{{ name }}}}\n{changed}")
            _commit(template, f"v{version}.0.0")
            _git(template, "tag", f"v{version}.0.0")
            _run([_tool("copier"), "copy", "--quiet", "--defaults", "--vcs-ref", f"v{version}.0.0",
                  template, self.root / f"rendered/v{version}"])  # fmt: skip
        for number in range(self.size):
            self._repository(number)
        (self.root / "fleet.toml").write_text('repositories = ["repos/*"]\n')

    def _repository(self, number: int) -> None:
        """Copy what Copier rendered, with another answer's value where they are distinct."""
        place = self.root / f"kept/r{number:03}"
        shutil.copytree(self.root / f"rendered/v{1 + number % (VERSIONS - 1)}", place)
        for file in () if self.alike else place.iterdir():
            file.write_text(file.read_text().replace("churn", f"churn{number}"))
        for edited in range(number % 3, FILES, 3):
            file = place / f"m{edited}.py"
            file.write_text(file.read_text().replace("value_9 = 9\n", f"value_9 = -{number}\n"))
        _git(place, "init", "--quiet")
        _commit(place, "mine")

    def cost(self, command: Sequence[str], size: int) -> Cost:
        """Return what a command costs on new copies of the first repositories, nothing cached."""
        repos = self.root / "repos"
        for each in (repos, self.root / "cache"):
            shutil.rmtree(each, ignore_errors=True)
        for each in sorted((self.root / "kept").iterdir())[:size]:
            shutil.copytree(each, repos / each.name, symlinks=True)
            _git(repos / each.name, "status")  # a copy's index knows its files once git has looked
        return self.again(command)

    def again(self, command: Sequence[str]) -> Cost:
        """Return what a command costs on the repositories as they stand."""
        environment = {**os.environ, "MODELWRIGHT_CACHE_DIR": str(self.root / "cache")}
        with Running(command, Place(self.root, environment)) as running:
            cost = running.wait()
        if cost.failure:
            raise SystemExit(f"{command}: {cost.failure}")
        return cost


@dataclass(frozen=True)
class Figures:
    """What one command cost on so many repositories."""

    cost: Cost
    size: int

    def row(self, loop: Figures) -> list[str]:
        """Return the figures, and what of Copier's this is, per repository."""
        wall, cpu = self.cost.wall / self.size, self.cost.cpu / self.size
        ratios = (wall * loop.size / loop.cost.wall, cpu * loop.size / loop.cost.cpu)
        shown = [""] * 2 if self is loop else [f"{each:.3f}x" for each in ratios]
        return [str(self.size), f"{self.cost.wall:.1f}", f"{wall:.2f}", f"{cpu:.2f}", *shown]


def race(fleet: Fleet, sample: int) -> dict[str, Figures]:
    """Return what each command costs, Copier's loop last."""
    update, status = [*OURS, "update", "--yes"], [*OURS, "status"]
    loop, size = ["sh", "-c", LOOP, str(_tool("copier"))], fleet.size
    return {
        "`modelwright fleet update --yes`": Figures(fleet.cost(update, size), size),
        "`modelwright fleet update --yes --jobs 1`": Figures(
            fleet.cost([*update, "--jobs", "1"], sample), sample
        ),
        "`modelwright fleet status`": Figures(fleet.cost(status, size), size),
        AGAIN: Figures(fleet.again(status), size),
        "a loop of `copier update`": Figures(fleet.cost(loop, sample), sample),
    }


def paragraphs(size: int, sample: int) -> Generator[str]:
    """Yield the page, measuring as it goes."""
    began = _load()
    rows, memory = list[list[str]](), list[list[str]]()
    for alike in (True, False):
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            fleet = Fleet(Path(made), size, alike)
            fleet.make()
            found = race(fleet, sample)
            *_, loop = found.values()
            answers = "alike" if alike else "distinct"
            rows += [[answers, name, *each.row(loop)] for name, each in found.items()]
            if not alike:
                memory = [[f"`modelwright fleet {' '.join(words)}`", *_memory(fleet, words)]
                          for words in (("update", "--yes"), ("status",))]  # fmt: skip
                memory = [[*row, f"{found[row[0]].cost.memory / MEGABYTE:.0f}"] for row in memory]
    yield "# Benchmarks of a fleet"
    jobs = min(8, os.cpu_count() or 1)
    yield (
        f"Measured on {dt.datetime.now(dt.UTC).date()} at commit {machine.commit()} by\n"
        f"`python bench/fleet.py --size {size} --peer-sample {sample}`: whole processes, once\n"
        f"each, on copies of {size} repositories of a template with {FILES} files and {VERSIONS}\n"
        "versions, all behind and with edits of their own in a third of the files. Copier's\n"
        f"loop, and `--jobs 1`, go over the first {sample} in the same run; else ours looks at\n"
        f"{jobs} at a time. Nothing is cached but for *again*. The loop writes into the work\n"
        "trees; the fleet writes branches. Status audits, too, which Copier does not. The\n"
        f"load on {os.cpu_count()} cores was {began} at the start, and {_load()} at the end."
    )
    yield _table(HEAD, rows)
    yield "The last two columns are what ours takes of Copier's loop, for each repository."
    yield "## Memory"
    yield "MB of the largest process, over so many repositories with distinct answers."
    yield _table((*HEAD_OF_MEMORY, str(size)), memory)


def _memory(fleet: Fleet, words: Sequence[str]) -> Generator[str]:
    for size in SIZES:
        yield f"{fleet.cost([*OURS, *words], size).memory / MEGABYTE:.0f}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--peer-sample", type=int, default=20, help="how many Copier's loop takes")
    given = parser.parse_args()
    page = "\n\n".join(paragraphs(given.size, given.peer_sample)) + "\n"
    (ROOT / "docs/fleet-benchmarks.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
