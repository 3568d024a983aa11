"""P7: data whose privacy, gaps and reasons are known, and described for whoever asks."""

from typing import Any

from .. import datasheet
from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding

NEEDS = ("data", "validate", "evaluate", "gate", "package", "explain", "privacy")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red for personal data out of place, leaks, gaps between groups, and what is not explained."""
    reports = evidence.reports
    explained, policy = reports["explain"], evidence.shipped_policy
    gaps = policy["gaps"] if policy else {}
    suspects = reports["validate"]["suspects"]
    faults = [
        *reports["privacy"]["faults"],
        *(
            f"`{each['feature']}` alone foretells the label (ROC AUC {each['auc']:.2f}): a leak?"
            for each in suspects
        ),
        *datasheet.faults(evidence.root, reports["data"]),
        *explained["faults"],
        *unfair(gaps, contract.fairness.allowed_gap),
    ]
    strongest = [each["feature"] for each in explained["importance"][:3]]
    sentence = f"no personal data out of place; answers rest on {', '.join(strongest)} most"
    seen = {"importance": explained["importance"], "reasons": explained["reasons"], "gaps": gaps}
    return Finding(sentence, tuple(faults), seen)


def unfair(gaps: dict[str, dict[str, Any]], allowed: float) -> list[str]:
    """Slices whose gap is too wide, and is so not just by chance: small groups scatter."""
    return [
        f"by {name}, the group found least often lies {gap['mean']:.0%} below the one found most "
        f"often [{gap['low']:.0%}, {gap['high']:.0%}]; {allowed:.0%} is allowed"
        for name, gap in gaps.items()
        if gap["mean"] > allowed and gap["low"] > 0
    ]
