"""The seven tests of model development."""

import numpy as np
from codeowners import CodeOwners

from .. import clone, roles
from ..gates.finding import Finding, interval
from ..gates.knowledge import unfair
from .case import Case, Checks, Unknown

# With fewer variants, a rank correlation says nothing.
FEWEST_VARIANTS = 12
SPECIFICATION = ("contract.toml", "src")
NOTHING = Finding("nothing ships", ("nothing ships",))


def versioned(case: Case) -> Finding | Unknown:
    """M1: the contract and the code are committed as they are, and somebody must agree to them."""
    root = case.evidence.root
    if not clone.git(["rev-parse", "--verify", "--quiet", "HEAD"], root):
        return Unknown("there is no commit: the project is not in git")
    changed = clone.git(["status", "--porcelain", "--", *SPECIFICATION], root).splitlines()
    faults = [f"{len(changed)} files are not committed: {changed[0][3:]}"] if changed else []
    owners = CodeOwners(roles.uncommented(root))
    faults += [
        f"CODEOWNERS names nobody who reviews {path}"
        for path in SPECIFICATION
        if not owners.of(f"{path}/" if (root / path).is_dir() else path)
    ]
    return Finding("contract and code are committed, and have reviewers", tuple(faults))


def proxy(case: Case) -> Finding:
    """M2: the offline proxy ranks variants as their value does where nothing was trained."""
    study = case.report("proxy")
    if len(study["variants"]) < FEWEST_VARIANTS:
        return Finding("", ("[data] keeps no rows back, or nothing learns: nothing to compare",))
    rank = study["rank"]
    sentence = (
        f"{study['proxy'].replace('_', ' ')} and value on rows kept back rank "
        f"{len(study['variants'])} variants alike: {interval(rank)}"
    )
    return Finding(sentence, () if rank["low"] > 0 else (f"not beyond doubt: {sentence}",))


def tuned(case: Case) -> Finding:
    """M3: no settings that were tried lose less by more than one standard error.

    Source of the rule: Breiman et al., "Classification and Regression Trees" (1984), section 3.4;
    here with the standard error of the difference, which is the smaller one.
    """
    rungs = case.report("search")["rungs"]
    faults = tuple(
        f"{rung} loses {each['behind']:.5f} more than with {words(each['best'])}"
        for rung, each in rungs.items()
        if each["behind"] > each["standard_error"]
    )
    count = sum(len(each["points"]) for each in rungs.values())
    return Finding(f"none of {count} points tried is clearly better than what ships", faults)


def words(settings: dict[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


def ageing(case: Case) -> Finding:
    """M4: what an old model loses is known, and at the age that is allowed nobody notices it.

    Between the ages that were measured, and from none at 0 days, the loss is a straight line.
    """
    ages = case.report("staleness")["ages"]
    allowed, noticeable = case.contract.service.max_age_days, case.contract.uplift.noticeable
    days = [each["days"] for each in ages]
    if len(ages) < 2 or days[-1] < allowed:
        return Finding("", ("[data] time tells too few periods apart to know what age costs",))
    lost = {
        end: float(np.interp(allowed, [0.0, *days], [0.0, *(each["lost"][end] for each in ages)]))
        for end in ("mean", "low", "high")
    }
    sentence = f"a model of {allowed} days loses {interval(lost)} a row"
    if lost["low"] > noticeable:
        return Finding(sentence, (f"{sentence}, beyond doubt more than {noticeable:g}",))
    return Finding(f"{sentence}; known up to {days[-1]:g} days")


def simpler(case: Case) -> Finding:
    """M5: every simpler rung was measured on the same rows, and what ships beats it."""
    if (rung := case.evidence.shipped) is None:
        return NOTHING
    uplifts = case.evidence.policies[rung]["net_uplift"]
    required = case.contract.uplift.required
    faults = tuple(
        f"{rung} does not beat {name} beyond doubt: {interval(uplift)} a row after cost"
        for name, uplift in uplifts.items()
        if uplift["low"] <= required
    )
    return Finding(f"{rung} beats {', '.join(uplifts)} beyond doubt", faults)


def slices(case: Case) -> Finding:
    """M6: on no slice is what ships worth less than the rule, beyond doubt."""
    if (policy := case.evidence.shipped_policy) is None:
        return NOTHING
    found = {
        f"{column} {level}": each["uplift"]
        for column, levels in policy["slices"].items()
        for level, each in levels.items()
    }
    if not found:
        return Finding("", ("[data] slices name no groups to look at",))
    faults = tuple(
        f"where {name}, the rule is worth more: {interval(uplift)} a row"
        for name, uplift in found.items()
        if uplift["high"] < 0
    )
    return Finding(f"on none of {len(found)} slices is the rule beyond doubt worth more", faults)


def inclusion(case: Case) -> Finding:
    """M7: groups are found about as often as one another when they are in need."""
    if (policy := case.evidence.shipped_policy) is None:
        return NOTHING
    gaps, allowed = policy["gaps"], case.contract.fairness.allowed_gap
    if not gaps:
        return Finding("", ("[data] slices name no groups with enough rows to compare",))
    widest = max(each["mean"] for each in gaps.values())
    sentence = f"groups lie {widest:.0%} apart at most; {allowed:.0%} is allowed"
    return Finding(sentence, tuple(unfair(gaps, allowed)))


SHIPPED = ("evaluate", "gate", "package")
CHECKS: Checks = {
    "M1": (versioned, ("package",)),
    "M2": (proxy, ("proxy",)),
    "M3": (tuned, ("search",)),
    "M4": (ageing, ("staleness",)),
    "M5": (simpler, SHIPPED),
    "M6": (slices, SHIPPED),
    "M7": (inclusion, SHIPPED),
}
