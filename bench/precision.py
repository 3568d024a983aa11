"""How often the audit's rules are right, and how much they miss.

    python bench/precision.py                 # measure, and write what `audit` goes by
    python bench/precision.py --mistakes      # only show what was wrong and what was missed
    python bench/precision.py --unjudged      # only show findings that no label speaks of

Labels stand in bench/audit/labels, one file for each source distribution, and seeded faults in
bench/audit/seeds, one file for each rule.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus import unpacked
from labels import Comparison, Project, Seed, compared, projects, seeds

from modelwright import audit
from modelwright.checks import RULES, Rule, precision
from modelwright.checks.precision import Measured, Tally
from modelwright.core.errors import Stop
from modelwright.core.finding import Finding, Status

HERE = Path(__file__).parent / "audit"
TODAY = dt.date(2026, 11, 22)
# Its seeds are deep models; beside a simpler one none of them would be a breach.
ALONE = "MW-P8-1"
_SHOWN = 160


def real(project: Project, cache: Path, room: Path) -> Iterator[tuple[Rule, Comparison, Path]]:
    """Yield what each rule says of a project, beside its labels, and the project's folder.

    Raises:
        Stop: it can't be had, or a label names no rule.

    """
    for each in project.labels:
        _rule(each.rule)
    folder = unpacked(project.archive, cache, room)
    for verdict in audit.judged(project.archive.project, folder, audit.Look(RULES, TODAY)).verdicts:
        about = [each for each in project.labels if each.rule == verdict.rule.id]
        yield verdict.rule, compared(verdict.findings, about), folder


def is_found(seed: Seed, neutral: Mapping[str, Mapping[str, str]], room: Path) -> bool:
    """Say whether the rule of *seed* is broken where its files lie over the neutral ones."""
    trained = {} if seed.rule == ALONE else neutral["training"]
    under = {**neutral["files"], **trained}
    rule = _rule(seed.rule)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        for name, text in {**under, **seed.files}.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            # A literal begins below its quotes; a shebang or a mark of LFS is a file's start.
            file.write_text(text.removeprefix("\n"), "utf-8")
        [verdict] = audit.judged(seed.name, Path(folder), audit.Look((rule,), TODAY)).verdicts
    return verdict.status is Status.FAILED


def _rule(name: str) -> Rule:
    try:
        return next(rule for rule in RULES if rule.id == name)
    except StopIteration:
        raise Stop(f"there is no rule `{name}`", fix="mend the label or the seed") from None


def seeded(folder: Path, room: Path) -> Iterator[tuple[Seed, Tally]]:
    """Yield every seed with what became of it.

    Raises:
        Stop: a file of seeds can't be read.

    """
    neutral = tomllib.loads((HERE / "neutral.toml").read_text("utf-8"))
    for seed in seeds(folder):
        found = is_found(seed, neutral, room)
        if seed.breach:
            yield seed, Tally(right=int(found), found=int(found), missed=int(not found))
        else:
            yield seed, Tally(wrong=int(found))


def measure(given: argparse.Namespace, room: Path) -> dict[str, Measured]:
    """Return the figures of every rule; on the way, print what is asked for.

    Raises:
        Stop: a project can't be had, or a file of labels or seeds can't be read.

    """
    known = {rule.id: Measured() for rule in RULES}
    for project in projects(given.labels):
        if given.only in {"", project.archive.project}:
            for rule, seen, folder in real(project, given.cache, room):
                known[rule.id] += Measured(real=seen.tally)
                _show(given, project, rule, seen, folder)
    for seed, tally in () if given.only else seeded(given.seeds, room):
        known[seed.rule] += Measured(seeded=tally)
        if given.mistakes and (tally.missed or tally.wrong):
            print(f"{seed.rule} seed {'missed' if seed.breach else 'wrong'}: {seed.name}")
    return known


def _show(
    given: argparse.Namespace, project: Project, rule: Rule, seen: Comparison, folder: Path
) -> None:
    name = project.archive.project
    for finding in seen.unjudged if given.unjudged else ():
        print(f"{rule.id} {name} {finding}\n    {_line(folder, finding)}")
    for word, labels in (("wrong", seen.wrong), ("missed", seen.missed)):
        for each in labels if given.mistakes else ():
            print(f"{rule.id} {name} {word}: {each.path}:{each.line} {each.why}")


def _line(folder: Path, finding: Finding) -> str:
    if not finding.line:
        return ""
    lines = (folder / finding.path).read_text("utf-8", "replace").splitlines()
    return lines[finding.line - 1].strip()[:_SHOWN]


def table(known: Mapping[str, Measured]) -> str:
    """The figures for the terminal."""
    rows = [
        f"{name:9} {each.both.right:4} right {each.both.wrong:3} wrong  real recall "
        f"{each.real.found}/{each.real.found + each.real.missed}  seeds "
        f"{each.seeded.found}/{each.seeded.found + each.seeded.missed}  {each.doubt or 'on'}"
        for name, each in known.items()
    ]
    on = sum(not each.doubt for each in known.values())
    return "\n".join([*rows, f"{on} of {len(known)} rules are on"])


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--labels", type=Path, default=HERE / "labels")
    parser.add_argument("--seeds", type=Path, default=HERE / "seeds")
    parser.add_argument("--cache", type=Path, default=home / "modelwright/corpus")
    parser.add_argument("--out", type=Path, default=precision.FILE)
    parser.add_argument("--only", default="", metavar="PROJECT", help="show one project only")
    parser.add_argument("--unjudged", action="store_true", help="show findings without a label")
    parser.add_argument("--mistakes", action="store_true", help="show what was wrong or missed")
    return parser.parse_args()


def main() -> None:
    """Measure, then write unless something is only to be shown."""
    given = arguments()
    try:
        with tempfile.TemporaryDirectory() as room:
            known = measure(given, Path(room))
    except Stop as stop:
        print(f"error: {stop.what}\nwhy: {stop.why}\nfix: {stop.fix}", file=sys.stderr)
        sys.exit(2)
    if not (given.only or given.unjudged or given.mistakes):
        given.out.write_text(precision.written(known), "utf-8")
        print(table(known))


if __name__ == "__main__":
    main()
