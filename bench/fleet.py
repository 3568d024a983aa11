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
from update import ANSWERS, BODY, _commit, _git, _run, _tool

ROOT = Path(__file__).parents[1]
FILES = 60
VERSIONS = 3
HEAD = ("Answers", "Command", "Wall, s", "Each, s", "CPU, s", "Memory of the largest, MB",
        "Ours takes")  # fmt: skip
LOOP = 'for each in repos/*; do (cd "$each" && "$0" update --defaults --quiet) || exit 1; done'


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
                changed = BODY.replace("line 40\n", f"line 40 of {version}\n")
                (template / f"m{number}.py.jinja").write_text(f"# {{{{ name }}}}\n{changed}")
            _commit(template, f"v{version}.0.0")
            _git(template, "tag", f"v{version}.0.0")
        for number in range(self.size):
            self._repository(template, number)
        (self.root / "fleet.toml").write_text('repositories = ["repos/*"]\n')

    def _repository(self, template: Path, number: int) -> None:
        place = self.root / f"repos/r{number:03}"
        name = "churn" if self.alike else f"churn{number}"
        version = f"v{1 + number % (VERSIONS - 1)}.0.0"
        _run([_tool("copier"), "copy", "--quiet", "--defaults", "--data", f"name={name}",
              "--vcs-ref", version, template, place])  # fmt: skip
        _git(place, "init", "--quiet")
        for edited in range(number % 3, FILES, 3):
            file = place / f"m{edited}.py"
            file.write_text(file.read_text().replace("line 9\n", f"mine {number}\n"))
        _commit(place, "mine")

    def cost(self, command: Sequence[str]) -> Cost:
        """Return what a command costs on a new copy of the repositories."""
        repos, kept = self.root / "repos", self.root / "kept"
        if not kept.exists():
            shutil.copytree(repos, kept, symlinks=True)
        shutil.rmtree(repos)
        shutil.copytree(kept, repos, symlinks=True)
        for each in repos.iterdir():
            _git(each, "status")  # a copy's index knows its files once git has looked
        environment = {**os.environ, "MODELWRIGHT_CACHE_DIR": str(self.root / "cache")}
        with Running(command, Place(self.root, environment)) as running:
            return running.wait()


def commands() -> dict[str, list[str]]:
    """Return what is raced, ours first."""
    ours = [sys.executable, "-m", "modelwright", "fleet"]
    return {
        "`modelwright fleet update --yes`": [*ours, "update", "--yes"],
        "`modelwright fleet update --yes --jobs 1`": [*ours, "update", "--yes", "--jobs", "1"],
        "`modelwright fleet status`": [*ours, "status"],
        "a loop of `copier update`": ["sh", "-c", LOOP, str(_tool("copier"))],
    }


def paragraphs(size: int) -> Generator[str]:
    """Yield the page, measuring as it goes."""
    yield "# Benchmarks of a fleet"
    yield (
        f"Measured on {dt.datetime.now(dt.UTC).date()} at commit {machine.commit()} by\n"
        f"`python bench/fleet.py --size {size}`: whole processes, once each, on copies of {size}\n"
        f"repositories of a template with {FILES} files and {VERSIONS} versions, all behind and\n"
        "with edits of their own in a third of the files. Other work shared the machine.\n"
        "The loop writes into the work trees; the fleet writes branches."
    )
    rows: list[tuple[str, ...]] = []
    for alike in (True, False):
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            fleet = Fleet(Path(made), size, alike)
            fleet.make()
            costs = {name: fleet.cost(command) for name, command in commands().items()}
            rows += _rows(costs, "alike" if alike else "distinct", size)
    yield _table(HEAD, rows)


def _rows(costs: dict[str, Cost], answers: str, size: int) -> Generator[tuple[str, ...]]:
    *_, loop = costs.values()
    for name, cost in costs.items():
        if cost.failure:
            raise SystemExit(f"{name}: {cost.failure}")
        yield (
            answers,
            name,
            f"{cost.wall:.2f}",
            f"{cost.wall / size:.2f}",
            f"{cost.cpu:.2f}",
            f"{cost.memory / MEGABYTE:.0f}",
            "" if cost is loop else f"{cost.wall / loop.wall:.2f}x",
        )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20)
    size = parser.parse_args().size
    page = "\n\n".join(paragraphs(size)) + "\n"
    (ROOT / "docs/fleet-benchmarks.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
