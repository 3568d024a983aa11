"""A feature that knows the outcome, with noise

Next year's bills, some of which are late, are joined to the table as a feature.

Breaks: P7
"""

import random
from pathlib import Path

from violation import edit, rewrite


def violate(project: Path) -> None:
    chance = random.Random(0)

    def billed(row: dict[str, str]) -> dict[str, str]:
        bills = float(row["next_year_spending"] or 0) * chance.uniform(0.5, 1.5)
        return row | {"bills": f"{bills + chance.uniform(0, 20):.2f}"}

    rewrite(project, billed)
    feature = 'bills = { kind = "number", low = 0.0, high = 1000000.0, scale = "log" }'
    edit(project / "contract.toml", "[features]\n", f"[features]\n{feature}\n")
