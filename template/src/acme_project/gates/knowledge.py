"""P7: data whose privacy, gaps and reasons are known, and described for whoever asks."""

from typing import Any

from .. import datasheet
from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("data", "validate")
RESTS_ON = ("evaluate", "gate", "package", "explain", "privacy")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red for personal data out of place, leaks, gaps between groups, and what is not explained."""
    reports, policy = evidence.reports, evidence.shipped_policy
    explained = reports.get("explain", {"faults": [], "importance": [], "reasons": {}})
    gaps = policy["gaps"] if policy else {}
    faults = [
        *reports.get("privacy", {"faults": []})["faults"],
        *map(suspicious, reports["validate"]["suspects"]),
        *datasheet.faults(evidence.root, reports["data"]),
        *explained["faults"],
        *unfair(gaps, contract.fairness.allowed_gap),
    ]
    strongest = [each["feature"] for each in explained["importance"][:3]]
    apart = ", ".join(f"{each['mean']:.0%} by {name}" for name, each in gaps.items())
    sentence = "no personal data out of place; "
    sentence += f"groups lie {apart} apart; " if gaps else ""
    sentence += f"answers rest most on {', '.join(strongest)}"
    seen = {"importance": explained["importance"], "reasons": explained["reasons"], "gaps": gaps}
    return Finding(sentence, tuple(faults), seen, RESTS_ON)


def suspicious(suspect: dict[str, Any]) -> str:
    """What is odd about a feature that knows too much."""
    return (
        f"`{suspect['feature']}` alone foretells the label: ROC AUC {suspect['auc']:.3f}; a leak?"
    )


def unfair(gaps: dict[str, dict[str, Any]], allowed: float) -> list[str]:
    """Slices whose gap is too wide, and is so not just by chance: small groups scatter."""
    return [
        f"by {name}, the group found least often lies {gap['mean']:.0%} below the one found most "
        f"often [{gap['low']:.0%}, {gap['high']:.0%}]; {allowed:.0%} is allowed"
        for name, gap in gaps.items()
        if gap["mean"] > allowed and gap["low"] > 0
    ]
