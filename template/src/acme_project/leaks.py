"""Features that foretell the label too well to be known before it."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from .classification import labels
from .contract import Contract

# One column alone that ranks outcomes this well makes the question too easy to need a model.
CERTAIN = 0.99
# Below that, honest columns of easy questions reach 0.97, but in company: the next best is
# hardly worse. A leak is strong, and stands out by making at most half of the others' errors.
STRONG = 0.9
AHEAD = 2.0


def suspects(frame: pd.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    """The features that look like leaks, strongest first, each with its ROC AUC."""
    label = labels(frame, contract.label)
    found = {name: foretells(frame[name], label) for name in contract.features}
    ranked = sorted(found, key=lambda name: -found[name])
    odd = sum(found[name] > CERTAIN for name in ranked)
    for count, (name, following) in enumerate(pairwise(ranked), 1):
        if found[name] > STRONG and 1 - found[following] > AHEAD * (1 - found[name]):
            odd = max(odd, count)
    return [{"feature": name, "auc": round(found[name], 4)} for name in ranked[:odd]]


def foretells(column: pd.Series, label: NDArray[np.bool_]) -> float:
    """The ROC AUC of one column alone, in whichever direction is better: 0.5 to 1."""
    values = column if column.dtype == "float64" else pd.Series(rates(column, label))
    area = float(roc_auc_score(label, values.rank(na_option="top")))
    return max(area, 1 - area)


def rates(column: pd.Series, label: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each row, how often its level is positive in the half of the rows it is not in."""
    half, found = np.arange(len(label)) % 2 == 0, np.full(len(label), label.mean())
    for mine in (half, ~half):
        known = pd.Series(label[~mine]).groupby(column.to_numpy()[~mine]).mean()
        found[mine] = column[mine].map(known).fillna(label.mean())
    return found
