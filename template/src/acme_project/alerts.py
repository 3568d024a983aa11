"""What may be wrong with a model in use, who answers for it, and where the runbook says what to do.

`alerts.toml` names them; a project that watches no service has none.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ALERTS = Path(__file__).parent / "alerts.toml"
RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True)
class Alert:
    """*role* is a key of [roles], *runbook* the anchor of a section of docs/runbook.md.

    *told_by* is "service" where only its own counts tell, else "monitor".
    """

    id: str
    title: str
    role: str
    runbook: str
    why: str
    told_by: str


def alerts() -> dict[str, Alert]:
    """Every alert by its id."""
    if not ALERTS.exists():
        return {}
    found = tomllib.loads(ALERTS.read_text("utf-8"))
    return {
        name: Alert(
            name,
            *(str(words.get(key, "")) for key in ("title", "role", "runbook", "why")),
            words.get("told_by", "monitor"),
        )
        for name, words in found.items()
    }


def sections(runbook: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and GitLab make them."""
    text = runbook.read_text("utf-8") if runbook.exists() else ""
    headings = re.findall(r"(?m)^#+ (.+?) *$", text)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
