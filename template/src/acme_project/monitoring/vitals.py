"""What needs no statistics: the age of a release, and whether it still answers as it did."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from ..artifact import Manifest, Model
from ..contract import Contract
from ..outcomes import Captured

SAME = 1e-6
Faults = list[tuple[str, str]]


def age_days(manifest: Manifest, now: datetime) -> float:
    """How old the model is."""
    return round((now - manifest.created).total_seconds() / 86_400, 2)


def faults(model: Model, answers: Sequence[Captured], contract: Contract, now: datetime) -> Faults:
    """The alerts that no statistics are needed for, each with what was found."""
    found, age = [], age_days(model.manifest, now)
    if age > (allowed := contract.service.max_age_days):
        found.append(("model-old", f"it is {age:.0f} days old; {allowed} are allowed"))
    if changed := other_answers(model, answers):
        found.append(("answers-change", f"{changed} of {len(answers)} rows get another answer now"))
    return found


def other_answers(model: Model, answers: Sequence[Captured]) -> int:
    """How many captured rows the release answers differently, or with no probability at all."""
    good = [each for each in answers if not model.check(each.row)]
    again = model.predict([each.row for each in good])
    then, now = (np.array([each.probability for each in side]) for side in (good, again))
    same = (np.abs(then - now) <= SAME) & (now >= 0) & (now <= 1)
    return len(answers) - int(same.sum())
