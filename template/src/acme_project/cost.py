"""What a rung costs a row, from what this run measured and what the contract states."""

from typing import Any

from .contract import Contract
from .sections import Rung


def a_row(rung: Rung, measured: dict[str, Any], contract: Contract) -> dict[str, float]:
    """Upkeep, training and serving of *rung* for one row, in the objective's unit.

    *measured* is what the run reports of the rung: seconds to train and judge it, and to answer
    for 1,000 rows.
    """
    stated = contract.cost
    training = measured["judge_s"] / 3600 * stated.training_hour * stated.retrainings_a_month
    parts = {
        "upkeep": stated.upkeep_a_month[rung] / stated.rows_a_month,
        "training": training / stated.rows_a_month,
        "serving": measured["answer_1000_s"] / 3600 / 1000 * stated.serving_hour,
    }
    return {
        name: float(f"{part:.4g}")
        for name, part in (parts | {"total": sum(parts.values())}).items()
    }
