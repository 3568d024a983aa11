"""Is the result luck? Judge the whole ladder on folds of other seeds (I1)."""

from typing import Any

from .. import files
from ..contract import Contract
from ..crossfit import fit
from ..evaluate import evaluation, priced
from ..gate import climb
from ..paths import Paths
from ..rows import Split, load

SEEDS = 4


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """With each of SEEDS other seeds: the champion, and the value of the rung that ships today.

    One round of folds each, so luck shows more than in the figures that decide.
    """
    shipped = files.read_json(paths.report("gate"), "gate")["champion"]
    costs: dict[str, Any] = {}
    for stage in ("baseline", "train"):
        costs |= files.read_json(paths.report(stage), stage)["rungs"]
    split = load(paths, contract)
    first = contract.training.seed + 1000
    runs = []
    for seed in range(first, first + SEEDS):
        policies = judged_again(seed, split, costs, contract)
        uplifts = {str(rung): policies[rung]["net_uplift"] for rung in contract.training.ladder}
        champion = climb(uplifts, contract.uplift.required).champion
        value = policies[shipped]["value"] if shipped else None
        runs.append({"seed": seed, "champion": champion, "value": value})
    return {"champion": shipped, "runs": runs}


def judged_again(
    seed: int, split: Split, costs: dict[str, Any], contract: Contract
) -> dict[str, dict[str, Any]]:
    """What each policy is worth by folds of that seed; how it treats groups is left out."""
    training = contract.training.model_copy(update={"seed": seed, "repeats": 1})
    other = contract.model_copy(update={"training": training})
    fitted = {str(rung): fit(rung, split, other).predictions for rung in training.ladder}
    data = other.data.model_copy(update={"slices": ()})
    policies = evaluation(split, fitted, other.model_copy(update={"data": data}))
    for rung in fitted:
        policies[rung] |= priced(rung, policies, costs, other)
    return policies
