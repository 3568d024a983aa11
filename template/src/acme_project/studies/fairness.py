"""What would each remedy for gaps between groups bring, and what would it cost? (P7)."""

from collections.abc import Iterator
from typing import Any

from ..contract import Contract
from ..fairness import treatment
from ..paths import Paths
from ..rows import load
from ..sections import Fairness
from ..value import intervals
from .trial import in_use, tried

STRENGTHS = (1.0, 2.0, 3.0)


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """For each remedy: value a row, its price against no remedy (paired), and the gaps left."""
    rung = in_use(paths, contract)
    rows = load(paths, contract).development
    acts = {
        name: tried(rung, rows, contract.model_copy(update={"fairness": settings})).act
        for name, settings in remedies(contract)
    }
    worth = {name: act * rows.gain for name, act in acts.items()}
    prices = {f"price of {name}": worth["none"] - each for name, each in worth.items()}
    found = intervals(
        worth | prices, rows.cluster, contract.uplift.confidence, contract.training.seed
    )
    return {
        "rung": rung,
        "remedies": {
            name: {
                "value": found[name].rounded(),
                "price": found[f"price of {name}"].rounded(),
                "gaps": treatment(rows, act, acts["none"], contract)["gaps"],
            }
            for name, act in acts.items()
        },
    }


def remedies(contract: Contract) -> Iterator[tuple[str, Fairness]]:
    """No remedy, thresholds of the groups' own, and weights of several strengths."""
    fair = contract.fairness
    none = fair.model_copy(update={"thresholds_by": (), "strength": 0.0})
    by = fair.thresholds_by or contract.data.slices
    yield "none", none
    if by:
        yield f"thresholds by {' and '.join(by)}", none.model_copy(update={"thresholds_by": by})
    for strength in STRENGTHS:
        yield f"weights of strength {strength:g}", none.model_copy(update={"strength": strength})
