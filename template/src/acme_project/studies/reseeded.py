"""Is the result luck? Judge the whole ladder on folds of other seeds (I1)."""

from typing import Any

from .. import files
from ..contract import Contract
from ..crossfit import fit
from ..evaluate import evaluation, priced
from ..gate import climb
from ..paths import Paths
from ..rows import load

SEEDS = 3


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """The champion, and the value of the rung that ships today, with each of SEEDS other seeds."""
    shipped = files.read_json(paths.report("gate"), "gate")["champion"]
    costs: dict[str, Any] = {}
    for stage in ("baseline", "train"):
        costs |= files.read_json(paths.report(stage), stage)["rungs"]
    split = load(paths, contract)
    runs = []
    for seed in range(contract.training.seed + 1000, contract.training.seed + 1000 + SEEDS):
        training = contract.training.model_copy(update={"seed": seed})
        other = contract.model_copy(update={"training": training})
        fitted = {str(rung): fit(rung, split, other).predictions for rung in training.ladder}
        policies = evaluation(split, fitted, other)
        uplifts = {rung: priced(rung, policies, costs, other)["net_uplift"] for rung in fitted}
        champion = climb(uplifts, contract.uplift.required).champion
        value = policies[shipped]["value"] if shipped else None
        runs.append({"seed": seed, "champion": champion, "value": value})
    return {"champion": shipped, "runs": runs}
