"""Write docs/reliability.md from the records that soaks leave."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs/soak"


def page(record: dict, fleet: dict) -> str:
    """Return the page for what struck single updates, and those of a fleet."""
    rows = [
        f"| {each['what']} | {each['tried']} | {each['old']} | {each['new']} "
        f"| {each['repaired']} | {each['mixed']} |"
        for each in record["faults"]
    ]
    return "\n".join(
        [
            "# Reliability",
            "",
            f"Measured on {record['date']}, git {record['git']}; `just soak` measures again, and",
            "`python tools/reliability_page.py` writes this page. The project that is updated has",
            "20 files added, three changed, one removed and one in conflict, an ignored file and",
            f"an untracked one; its update calls git {record['calls']} times. Each call is",
            "struck once, and no row counts a fault that did not strike. After each fault the",
            "command is run again, and files, index and HEAD are compared byte for byte with an",
            "update that nothing disturbed.",
            "",
            "| fault | tried | old state | new state | repaired by the next run | mixed |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "*Old* and *new* is what the fault itself left behind; *mixed* is what the next run",
            "could not make one of the two. A full disk stays full: there is no next run.",
            "",
            "## A fleet",
            "",
            f"On {fleet['date']} `fleet update --yes` of {fleet['repositories']} repositories was",
            f"killed with SIGKILL at {fleet['kills']} random moments, and begun again each time.",
            f"Repositories that were missed: {fleet['missed']}; that were done twice:",
            f"{fleet['twice']}; whose branch was there, but not yet noted, when a kill struck:",
            f"{fleet['unnoted']}, which the next run found and left as they were. Each branch",
            "holds what a run that nothing disturbed writes.",
            "",
        ]
    )


if __name__ == "__main__":
    names = ("update-faults", "fleet-kills")
    text = page(*(json.loads((RECORDS / f"{name}.json").read_text()) for name in names))
    (ROOT / "docs/reliability.md").write_text(text)
