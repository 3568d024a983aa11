"""Does monitoring see what goes wrong, and stay quiet when nothing does? Simulated (O2, O7)."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..contract import Contract
from ..monitoring.detection import Plan, Seen, Trials
from ..monitoring.replay import ELSEWHERE, KINDS
from ..paths import Paths

# A smaller version of the table in docs/monitoring.md; about ten looks at each replay.
PLAN = Plan(before=1200, after=2800, every=400)
SEEDS = 2
UNDISTURBED = 5


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """For each fault and seed, when its own alert was raised; and what undisturbed rows raise."""
    trials = Trials.of(paths, contract)
    first = contract.training.seed
    kinds = [each for each in KINDS if each != ELSEWHERE or trials.split.held_back]
    return {
        "kind": "simulated",
        "version": trials.model.manifest.version,
        "plan": asdict(PLAN),
        "undisturbed": listed(trials.seen(None, PLAN, first + n) for n in range(UNDISTURBED)),
        "faults": {
            fault: listed(trials.seen(fault, PLAN, first + n) for n in range(SEEDS))
            for fault in kinds
        },
    }


def listed(seen: Iterable[Seen]) -> list[dict[str, Any]]:
    """What each replay raised."""
    return [asdict(each) for each in seen]
