"""Write docs/reliability.md from the records that soaks leave."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "docs/soak/update-faults.json"


def page(record: dict) -> str:
    """Return the page for one record."""
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
        ]
    )


if __name__ == "__main__":
    text = page(json.loads(RECORD.read_text()))
    (ROOT / "docs/reliability.md").write_text(text)
