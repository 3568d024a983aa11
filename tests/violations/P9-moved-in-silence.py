"""A date that moves in silence

Launch and review move by two weeks, in plan and contract; no record says why, or who was told.

Breaks: P9
"""

import datetime as dt
import re
from pathlib import Path

from violation import edit


def violate(project: Path) -> None:
    file = project / "milestones.toml"
    blocks = file.read_text("utf-8").split("\n[[milestones]]\n")
    for place in (9, 10):
        due = re.findall(r"(?m)^due = (.+)$", blocks[place])[0]
        later = dt.date.fromisoformat(due) + dt.timedelta(weeks=2)
        blocks[place] = blocks[place].replace(due, str(later))
        if place == 9:
            edit(project / "contract.toml", f'date = "{due}"', f'date = "{later}"')
    file.write_text("\n[[milestones]]\n".join(blocks), "utf-8")
