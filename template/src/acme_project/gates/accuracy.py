"""P2: more accuracy than a simpler rung has must pay for itself, and be noticed."""

from ..contract import Contract
from ..evidence import Evidence
from .finding import Finding, interval

NEEDS = ("evaluate", "gate", "package")


def judge(contract: Contract, evidence: Evidence) -> Finding:
    """Red when what ships earns less than its extra cost, or too little for anyone to notice."""
    stated = contract.cost
    faults = []
    if stated.placeholder:
        faults.append("[cost] still holds the sample's figures; set yours, remove `placeholder`")
    if (rung := evidence.packaged) is None:
        return Finding("nothing ships, so nothing is paid for", tuple(faults))
    if rung == "rule":
        return Finding("the rule ships: no accuracy is paid for", tuple(faults))
    policy = evidence.policies[rung]
    simpler = [name for name in policy["net_uplift"] if "net_uplift" in evidence.policies[name]]
    faults += [
        f"{rung} earns {interval(policy['net_uplift'][name])} a row more than {name} after cost"
        for name in simpler
        if policy["net_uplift"][name]["mean"] <= 0
    ]
    more, unit = policy["uplift"]["rule"]["mean"], contract.objective.unit
    if more < contract.uplift.noticeable:
        faults.append(
            f"{rung} brings {more:.2f} {unit} a row; nobody notices less than "
            f"{contract.uplift.noticeable:g}"
        )
    rows = stated.rows_a_month * stated.horizon_months
    gained = more * rows
    paid = (more - policy["net_uplift"]["rule"]["mean"]) * rows
    sentence = (
        f"in {stated.horizon_months} months {rung} brings {gained:,.0f} {unit} more than the rule "
        f"and costs {paid:,.0f} more"
    )
    costs = {name: evidence.policies[name]["cost"] for name in (*simpler, rung)}
    found = {"gained": round(gained), "paid": round(paid), "unit": unit, "cost_a_row": costs}
    return Finding(sentence, tuple(faults), found)
