"""A promise whose day has passed

The project is three months old, and the baseline was due in production weeks ago; the moves of \
its date were recorded, and nobody wrote down that it answers.

Breaks: P9
"""

import datetime as dt
import re
from pathlib import Path


def violate(project: Path) -> None:
    file = project / "milestones.toml"
    text = file.read_text("utf-8")
    today = dt.date.fromisoformat(re.findall(r"(?m)^created = (.+)$", text)[0])
    began, due = today - dt.timedelta(days=90), today - dt.timedelta(days=30)
    text = text.replace(f"created = {today}", f"created = {began}")
    blocks = text.split("\n[[milestones]]\n")
    for place in (1, 2, 3):
        old = re.findall(r"(?m)^due = (.+)$", blocks[place])[0]
        blocks[place] = blocks[place].replace(f"due = {old}", f"due = {due}") + (
            f"\n[[milestones.log]]\ndate = {began}\nfrom = {old}\nto = {due}\n"
            'reason = "We can be faster"\ntold = ["care team"]\n'
        )
    file.write_text("\n[[milestones]]\n".join(blocks), "utf-8")
