"""The seven tests of data and features."""

from ..gates.finding import Finding
from .case import Case, Checks

# Lines that no unit test runs are mostly those of commands, which whole pipelines run.
COVERED = 0.9


def schema(case: Case) -> Finding:
    """D1: what each feature may hold is written down, and every cell was checked."""
    checks = case.report("validate")["checks"]
    unchecked = [name for name in case.contract.features if name not in checks]
    faults = tuple(f"nothing checks `{name}`" for name in unchecked)
    return Finding(f"{len(checks)} checks of the table passed", faults)


def beneficial(case: Case) -> Finding:
    """D2: without any one feature the model loses more, beyond doubt, on rows it has not seen."""
    study = case.report("features")
    found = study["features"]
    unused = [name for name in case.contract.features if name not in found]
    faults = [f"`{name}` is a feature, but the rule that ships does not read it" for name in unused]
    faults += [
        f"without `{name}` {study['rung']} does not lose more beyond doubt: "
        f"{each['loss']['mean']:+.5f} [{each['loss']['low']:+.5f}, {each['loss']['high']:+.5f}]"
        for name, each in found.items()
        if each["loss"]["low"] <= 0
    ]
    return Finding(f"{study['rung']} loses more without any one of {len(found)}", tuple(faults))


def affordable(case: Case) -> Finding:
    """D3: no feature costs more a row than, at best, it brings."""
    found = case.report("features")["features"]
    faults = tuple(
        f"`{name}` costs {each['price']:g} a row and brings {each['value']['high']:.3g} at best"
        for name, each in found.items()
        if each["price"] > each["value"]["high"]
    )
    total = sum(each["price"] for each in found.values())
    return Finding(f"{len(found)} features cost {total:g} a row in all", faults)


def permitted(case: Case) -> Finding:
    """D4: no feature says who somebody is, or is what rows are grouped, kept or compared by."""
    contract, data = case.contract, case.contract.data
    barred = {
        "is personal": contract.privacy.personal,
        "is part of the key": data.key,
        "groups the rows": (data.group,),
        "keeps rows back": (data.holdout.column,) if data.holdout else (),
        "compares groups of people": (*data.slices, *contract.fairness.thresholds_by),
    }
    faults = tuple(
        f"`{name}` {reason}, so it may be no feature"
        for reason, names in barred.items()
        for name in names
        if name in contract.features
    )
    return Finding(f"none of {len(contract.features)} features is barred", faults)


def private(case: Case) -> Finding:
    """D5: the pipeline looked for personal data where none belongs, and found none."""
    return Finding("no personal data out of place", tuple(case.report("privacy")["faults"]))


def quick(case: Case) -> Finding:
    """D6: a feature goes from the contract to a packaged model as fast as a clone may take."""
    study, limit = case.report("newfeature"), case.contract.budgets.first_prediction_s
    faults = [*study["faults"]]
    if study["seconds"] > limit:
        faults.append(f"a new feature takes {study['seconds']:g} s; {limit:g} are allowed")
    sentence = f"a new feature is packaged after {study['seconds']:g} s, by the contract alone"
    return Finding(sentence, tuple(faults))


def tested(case: Case) -> Finding:
    """D7: unit tests run the code that makes features."""
    return covered(case, "features")


def covered(case: Case, subject: str) -> Finding:
    """Whether unit tests pass, and run enough of a subject's lines."""
    study = case.report("unittests")
    shares = study["covered"][subject]
    faults = [*study["faults"]]
    if shares["all"] < COVERED:
        worst = min(shares, key=shares.__getitem__)
        faults.append(
            f"unit tests run {shares['all']:.0%} of the code of {subject}, not {COVERED:.0%}; "
            f"least of `{worst}`: {shares[worst]:.0%}"
        )
    return Finding(f"{study['passed']} unit tests run {shares['all']:.0%}", tuple(faults))


CHECKS: Checks = {
    "D1": (schema, ("validate",)),
    "D2": (beneficial, ("features",)),
    "D3": (affordable, ("features",)),
    "D4": (permitted, ("validate",)),
    "D5": (private, ("privacy",)),
    "D6": (quick, ("newfeature",)),
    "D7": (tested, ("unittests",)),
}
