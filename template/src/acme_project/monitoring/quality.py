"""What answers turned out to be worth, against what the release was shipped for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from ..artifact import Manifest
from ..classification import positives
from ..contract import Contract
from ..outcomes import Captured
from ..reference import Reference
from ..value import Interval, gain
from .significance import FEWEST, Check, by_chance, compared

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """Answers whose outcome is known; *worth* is what each decision earned; shape [rows]."""

    answers: Sequence[Captured]
    probability: Floats
    decision: NDArray[np.bool_]
    label: NDArray[np.bool_]
    worth: Floats

    @classmethod
    def of(cls, answers: Sequence[Captured], manifest: Manifest, contract: Contract) -> "Known":
        """Value outcomes as the contract does."""
        columns = [each.name for each in manifest.outcome]
        told = pd.DataFrame([each.outcome or {} for each in answers], columns=columns)
        decision = np.array([each.decision for each in answers], np.bool_)
        label = positives(told[contract.label.column], contract.label).to_numpy(np.bool_)
        worth = np.where(decision, gain(told, label, contract.value), 0.0)
        probability = np.array([each.probability for each in answers])
        return cls(answers, probability, decision, label, worth)

    def by_group(self, columns: Sequence[str]) -> dict[tuple[str, str], NDArray[np.bool_]]:
        """The rows of each level of the columns that came with them."""
        found = {}
        for name in columns:
            levels = np.array([str(each.row.get(name) or "") for each in self.answers])
            found |= {(name, str(level)): levels == level for level in np.unique(levels) if level}
        return found


def checks(
    known: Known, reference: Reference, columns: Sequence[str], contract: Contract
) -> list[Check]:
    """A check of the value earned, of the probabilities, and of each group; none of few rows."""
    if len(known.worth) < FEWEST:
        return []
    honest = miscalibrated(known, reference)
    found = [
        Check("value a row", "value-short", *short(known.worth, reference, contract)),
        Check("outcomes", "outcomes-differ", *honest, contract.monitoring.noticeable_shift),
    ]
    for (name, level), mine in known.by_group(columns).items():
        if mine.sum() >= FEWEST:
            mean, error = estimated(known.worth[mine])
            p = float(norm.cdf(mean / error)) if error else 1.0
            found.append(Check(f"{name} {level}", "group-harmed", p, -mean, 0.0))
    return found


def short(worth: Floats, reference: Reference, contract: Contract) -> tuple[float, float, float]:
    """How likely chance explains the shortfall, the shortfall, and what nobody would notice."""
    mean, error = estimated(worth)
    lacking = reference.promise.mean - mean
    p = float(norm.sf(lacking / np.hypot(error, reference.promise.error)))
    return p, lacking, contract.uplift.noticeable


def miscalibrated(known: Known, reference: Reference) -> tuple[float, float]:
    """How likely chance explains other outcomes of equal probabilities, and how different they are.

    By bins of the probability, in the manner of Hosmer and Lemeshow, "Goodness of fit tests for the
    multiple logistic regression model" (1980); but compared with rows that the model had not seen,
    so that a model which was never calibrated raises no alarm.
    """
    place = reference.predictions.bins(known.probability.tolist())
    statistic, moved, free = 0.0, 0.0, 0
    for number, each in enumerate(reference.outcomes):
        label = known.label[place == number]
        if len(label) and each.rows:
            then = np.array([each.rows - each.positive, each.positive]) * reference.weight
            now = np.array([(~label).sum(), label.sum()], np.float64)
            differs, ways, apart = compared(then, now)
            statistic, free = statistic + differs, free + ways
            moved += apart * len(label) / len(place)
    chance = by_chance(free, len(place), reference.groups)
    return float(chi2.sf(statistic, max(free, 1))), moved - chance


def expected(answers: Sequence[Captured], reference: Reference) -> float:
    """What the answers should be worth a row, long before anybody knows how they turn out."""
    place = reference.predictions.bins([each.probability for each in answers])
    gains = np.array([each.gain for each in reference.outcomes])[place]
    return round(float(np.where([each.decision for each in answers], gains, 0.0).mean()), 4)


def estimated(values: Floats) -> tuple[float, float]:
    """The mean and its standard error; the error of a single value is not known."""
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return float(values.mean()), error


def report(
    answers: Sequence[Captured], known: Known, reference: Reference, contract: Contract
) -> dict[str, Any]:
    """Value promised, expected and earned, a row; what came true, by bins of the probability."""
    promise = reference.promise
    return {
        "promised": interval(promise.mean, promise.error, contract),
        "expected": expected(answers, reference) if answers else None,
        "earned": interval(*estimated(known.worth), contract) if len(known.worth) else None,
        "acted_on": share([each.decision for each in answers]),
        "calibration": calibration(known, reference),
    }


def groups(known: Known, columns: Sequence[str], contract: Contract) -> list[dict[str, Any]]:
    """How each group fares: rows, share acted on, value a row, and recall; None where unknown."""
    return [
        {
            "group": f"{name} {level}",
            "rows": int(mine.sum()),
            "acted_on": share(known.decision[mine]),
            "value": interval(*estimated(known.worth[mine]), contract),
            "recall": share(known.decision[mine & known.label]),
        }
        for (name, level), mine in known.by_group(columns).items()
    ]


def share(said: Sequence[bool] | NDArray[np.bool_]) -> float | None:
    """How many of them are true; None where there are none."""
    return round(float(np.mean(said)), 4) if len(said) else None


def calibration(known: Known, reference: Reference) -> list[dict[str, Any]]:
    """The share of each bin that turned out positive, then and now."""
    place = reference.predictions.bins(known.probability.tolist())
    ends = (*reference.predictions.ends, 1.0)
    return [
        {
            "up_to": end,
            "rows": int((place == number).sum()),
            "then": round(then.positive / then.rows, 4) if then.rows else None,
            "now": share(known.label[place == number]),
        }
        for number, (end, then) in enumerate(zip(ends, reference.outcomes, strict=True))
    ]


def interval(mean: float, error: float, contract: Contract) -> dict[str, float]:
    """The normal interval of a mean, of the contract's confidence."""
    reach = float(norm.ppf((1 + contract.uplift.confidence) / 2)) * error
    return Interval(mean, mean - reach, mean + reach).rounded()
