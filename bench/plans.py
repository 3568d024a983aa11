"""Plans of milestones to be checked: what a thousand cost more than ten."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path

from measure import Command, Place

FIRST = dt.date(2026, 12, 1)
MANY, FEW = "`modelwright milestones check`, 1,000", "`modelwright milestones check`, ten"


def checks(tool: Path, place: Place) -> dict[str, Command]:
    """Commands that check a plan of 1,000 milestones, and one of ten, on the plans' first day."""
    return {
        name: [tool, "milestones", "check", _plan(place, size), "--today", FIRST.isoformat()]
        for name, size in ((MANY, 1000), (FEW, 10))
    }


def _plan(place: Place, size: int) -> Path:
    """Commit a plan in which every tenth milestone begins a chain; return its folder."""
    folder = place.folder / f"plan-{size}"
    folder.mkdir()
    lines = ['[plan]\ncountry = "US"\ncreated = 2026-11-02\n']
    for number in range(size):
        above = [f"m{each}" for each in {number - 1, number - 10} if each >= 0 and number % 10]
        lines.append(
            f'[[milestones]]\nid = "m{number}"\ntitle = "Milestone {number}"\n'
            f'due = {FIRST + dt.timedelta(days=30 + number)}\nowner = "data_scientist"\n'
            f'consumers = ["care team"]\ndepends_on = {json.dumps(above)}\n'
            'evidence.files = ["x.md"]\nestimate = [1, 2, 4]\n'
        )
    (folder / "milestones.toml").write_text("\n".join(lines), "utf-8")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=Plan"]):
        subprocess.run(["git", *words], cwd=folder, env=dict(place.environment), check=True)
    return folder
