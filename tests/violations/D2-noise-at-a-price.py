"""A feature of noise, at a price

A score is bought for a dollar a row, and has nothing to do with anybody.

Fails: D2 D3
Study: features
"""

import random
from pathlib import Path

from violation import edit, rewrite


def violate(project: Path) -> None:
    chance = random.Random(0)
    rewrite(project, lambda row: row | {"score": f"{chance.uniform(0, 100):.1f}"})
    feature = 'score = { kind = "number", low = 0.0, high = 100.0, price = 1.0 }'
    edit(project / "contract.toml", "[features]\n", f"[features]\n{feature}\n")
