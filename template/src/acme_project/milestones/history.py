"""Due dates through git history: a date that moved without a record is a broken promise.

git only reads here, and is told to start no program that a repository's settings name.
"""

import os
import subprocess  # nosec B404
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from .plan import FILE, Milestone, Plan
from .reading import BadPlan

HARMLESS = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.pager=cat")


def unrecorded(plan: Plan, root: Path) -> tuple[tuple[str, ...], str]:
    """The moves that nobody recorded, in words; and what keeps history from being looked at."""
    if not said(root, "rev-parse", "--git-dir"):
        return (), "not under git: dates moved by hand go unnoticed"
    if said(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        return (), "a shallow clone: dates moved by hand before it go unnoticed"
    versions = [*past(root), dates(plan)]
    found = []
    for before, after in pairwise(versions):
        for name, day in before.items():
            if name not in after:
                found += gone(name, day, plan)
            elif after[name] != day:
                found += moved(plan, name, day, after[name])
    return tuple(dict.fromkeys(found)), ""


def moved(plan: Plan, name: str, old: date, new: date) -> list[str]:
    """The fault of a move that has no entry in the log; none where it has, or is gone since."""
    each = plan.by_id.get(name)
    if each is None or recorded(each, old, new):
        return []
    return [silent(name, old, new)]


def silent(name: str, old: date, new: date) -> str:
    """A move without a record, in words."""
    return f"{name} moved from {old} to {new}, and [[milestones.log]] does not say why"


def recorded(each: Milestone, old: date, new: date) -> bool:
    """Whether the log leads from one date to the other, by one record or several."""
    starts = [place for place, entry in enumerate(each.log) if entry.old == old]
    return any(entry.new == new for start in starts for entry in each.log[start:])


def gone(name: str, day: date, plan: Plan) -> list[str]:
    """The fault of a promise that was dropped in silence; none where it came back since."""
    if name in plan.by_id or name in {each.id for each in plan.dropped}:
        return []
    return [f"{name}, promised for {day}, is gone, and no [[dropped]] says why"]


def past(root: Path) -> Iterator[dict[str, date]]:
    """The due dates of each committed version that changed one, the oldest first.

    Versions that nobody could read are left out, as `check` stopped at them at the time.
    """
    names = said(root, "log", "--first-parent", "-m", "--no-textconv", "--no-ext-diff",
                 "--format=%H", "-G", "due", "--", FILE).split()  # fmt: skip
    for name in dict.fromkeys([*reversed(names), "HEAD"]):
        try:
            yield dates(Plan.parse(said(root, "show", "--no-textconv", f"{name}:./{FILE}")))
        except BadPlan:
            continue


def dates(plan: Plan) -> dict[str, date]:
    return {each.id: each.due for each in plan.milestones}


def commit(root: Path) -> str | None:
    """The commit that *root* stands on; None outside a repository."""
    return said(root, "rev-parse", "HEAD").strip() or None


def said(root: Path, *words: str) -> str:
    """What git says of *root*; nothing where it refuses, or is not installed."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command: Sequence[str] = ("git", *HARMLESS, *words)
    try:
        done = subprocess.run(  # nosec B603
            command,
            cwd=root,
            env=mine | {"GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout
