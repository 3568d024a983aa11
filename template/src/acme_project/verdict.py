"""One sentence for whoever has a minute: does it ship, and why."""

from typing import Any

from .contract import Contract
from .evidence import Evidence
from .gates import root_cause


def verdict(contract: Contract, evidence: Evidence, practices: list[dict[str, Any]]) -> str:
    """Ship or not, what it is worth, and why nothing more complex."""
    if evidence.absent(("evaluate", "gate")):
        return "Nothing is measured yet."
    champion = evidence.champion
    if champion is None:
        return "Do not ship: no rung is beyond doubt worth more than everything simpler."
    found = {each["id"]: each for each in practices}
    stale = next((each["id"] for each in practices if each["status"] == "stale"), None)
    if first := root_cause(practices) or stale:
        return f"Do not ship yet: {first}, {found[first]['finding']}."
    unmeasured = sum(each["status"] == "missing" for each in practices)
    rest = (
        f" {unmeasured} of {len(practices)} practices are not measured yet." if unmeasured else ""
    )
    return f"Ship {champion}: {worth(champion, contract, evidence)}.{rest}"


def worth(champion: str, contract: Contract, evidence: Evidence) -> str:
    """What the champion brings, and which rungs above it did not earn their place."""
    unit, policies = contract.objective.unit, evidence.policies
    mine = policies[champion]
    parts = [f"it is worth {mine['value']['mean']:.2f} {unit} a row"]
    if champion != "rule":
        parts.append(f"{mine['uplift']['rule']['mean']:.2f} more than the rule")
    ladder = [str(rung) for rung in contract.training.ladder]
    for higher in ladder[ladder.index(champion) + 1 :]:
        more = policies[higher]["uplift"][champion]
        parts.append(
            f"{higher} is not beyond doubt better "
            f"({more['mean']:+.2f}, from {more['low']:+.2f} to {more['high']:+.2f})"
        )
    return "; ".join(parts)
