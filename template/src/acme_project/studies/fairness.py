"""What would it cost to treat groups more alike? Each remedy is judged like a rung."""

from typing import Any

import numpy as np

from .. import candidates, files, rows
from ..contract import Contract
from ..crossfit import judged
from ..fairness import treatment
from ..paths import Paths
from ..value import intervals

STRENGTHS = (1.0, 2.0, 3.0)


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """Value, its difference from no remedy at all, and the gaps, for each remedy."""
    rung = files.read_json(paths.report("package"), "package")["rung"]
    known = rows.load(paths, contract).development
    remedies = {"none": varied(contract, (), 0.0)}
    for strength in STRENGTHS:
        remedies[f"weights of strength {strength:g}"] = varied(contract, (), strength)
    if contract.data.slices:
        by = " and ".join(contract.data.slices)
        remedies[f"thresholds by {by}"] = varied(contract, contract.data.slices, 0.0)
    acts = {name: shares(rung, known, each) for name, each in remedies.items()}
    by_rule = candidates.predictions("baseline", paths)["rule"].act.mean(axis=0)
    worth = {name: acted * known.gain for name, acted in acts.items()}
    price = {f"{name} price": worth["none"] - each for name, each in worth.items()}
    found = intervals(
        worth | price, known.cluster, contract.uplift.confidence, contract.training.seed
    )
    return {
        "rung": rung,
        "remedies": {
            name: {
                "value": found[name].rounded(),
                "price": found[f"{name} price"].rounded(),
                "gaps": treatment(known, acts[name], by_rule, contract)["gaps"],
            }
            for name in remedies
        },
    }


def varied(contract: Contract, thresholds_by: tuple[str, ...], strength: float) -> Contract:
    """The contract with another remedy."""
    remedy = {"thresholds_by": thresholds_by, "strength": strength}
    fairness = contract.fairness.model_copy(update=remedy)
    return contract.model_copy(update={"fairness": fairness})


def shares(rung: Any, known: rows.Rows, contract: Contract) -> np.ndarray:
    """Which share of the rounds acts on each row."""
    rounds = range(contract.training.repeats)
    return np.stack([judged(rung, known, contract, each)[1] for each in rounds]).mean(axis=0)
