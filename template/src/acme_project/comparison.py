"""What a canary is worth beside the champion, on what really happened since it was started."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .artifact import Model
from .classification import positives
from .contract import Contract
from .outcomes import Captured
from .sections import Canary
from .value import Interval, gain, intervals

Verdict = Literal["promote", "stop", "wait"]


@dataclass(frozen=True)
class Look:
    """What was seen of a canary: *rows* that it answered itself and that have turned out.

    *difference* is its value a row less the champion's; None before there is enough to judge.
    """

    rows: int
    needed: int
    difference: Interval | None

    def verdict(self, rule: Canary) -> Verdict:
        """Stop what is worse beyond doubt; promote what beyond doubt is hardly worse."""
        if self.difference is None:
            return "wait"
        if self.difference.high < 0:
            return "stop"
        return "promote" if self.difference.low > -rule.worse else "wait"


def look(
    answers: Sequence[Captured], pair: tuple[Model, Model], contract: Contract, rule: Canary
) -> Look:
    """Compare champion and canary on the *answers*, oldest first, whose outcome is known.

    Both decide on all of these rows, whoever answered them, so that differences are paired. A
    canary is judged when it has answered `rows`, twice as many, and so on; each time half of the
    error that is left is spent, so that all looks together err no more often than the contract
    allows. Source: Lan and DeMets, "Discrete sequential boundaries for clinical trials",
    Biometrika 70 (1983).
    """
    known = [each for each in answers if each.outcome and each.role != "shadow"]
    known = [each for each in known if not any(model.check(each.row) for model in pair)]
    version = pair[1].manifest.version
    own = [place for place, each in enumerate(known) if each.model == version]
    looks, needed = 0, rule.rows
    while needed <= len(own):
        looks, needed = looks + 1, needed * 2
    if not looks:
        return Look(len(own), needed, None)
    seen = known[: own[needed // 2 - 1] + 1]
    confidence = 1 - (1 - contract.uplift.confidence) / 2**looks
    return Look(len(own), needed, difference(seen, pair, contract, confidence))


def difference(
    seen: Sequence[Captured], pair: tuple[Model, Model], contract: Contract, confidence: float
) -> Interval:
    """What the second model's decisions are worth more a row than the first one's."""
    outcomes = pd.DataFrame([each.outcome for each in seen])
    positive = positives(outcomes[contract.label.column], contract.label).to_numpy(np.bool_)
    gains = gain(outcomes, positive, contract.value)
    rows = [each.row for each in seen]
    first, second = (
        np.array([answer.decision for answer in model.predict(rows)], np.float64) for model in pair
    )
    per_row = {"difference": (second - first) * gains}
    clusters = np.arange(len(seen), dtype=np.int64)
    return intervals(per_row, clusters, confidence, contract.training.seed)["difference"]
