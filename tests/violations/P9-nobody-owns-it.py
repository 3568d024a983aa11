"""A promise that nobody owns

The person who was to integrate the consumers has left, and the owner is emptied.

Breaks: P9
"""

from pathlib import Path


def violate(project: Path) -> None:
    file = project / "milestones.toml"
    before, owner, after = file.read_text("utf-8").partition('id = "integration"\n')
    after = after.replace('owner = "devops_engineer"', 'owner = ""', 1)
    file.write_text(before + owner + after, "utf-8")
