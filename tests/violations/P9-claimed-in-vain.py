"""Said to be done, without evidence

Somebody reports the canary as done, for the meeting; there is no record of one.

Breaks: P9
"""

import re
from pathlib import Path

from violation import edit


def violate(project: Path) -> None:
    file = project / "milestones.toml"
    today = re.findall(r"(?m)^created = (.+)$", file.read_text("utf-8"))[0]
    edit(file, 'id = "canary"\n', f'id = "canary"\nclaimed = {today}\n')
