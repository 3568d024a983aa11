"""Say what each rung is worth, in the unit of the objective, and how sure that is."""

from collections.abc import Iterator
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from . import candidates, evidence
from .classification import quality
from .contract import Contract
from .crossfit import Predictions
from .paths import Paths
from .rows import Rows, Split, load
from .value import Interval, intervals

Floats = NDArray[np.float64]
# What can be done without looking at a row; every rung has to beat both.
BLIND = ("nobody", "everybody")
CURVE_POINTS = 60


@click.command("evaluate")
def command() -> None:
    """Compare all rungs on the same rows, and measure the rows kept back."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    predictions = candidates.predictions("baseline", paths) | candidates.predictions("train", paths)
    report = evaluation(load(paths, contract), predictions, contract)
    evidence.keep("evaluate", report, paths)
    for name, policy in report["policies"].items():
        click.echo(f"{name:10} {policy['value']['mean']:8.2f} {contract.objective.unit} a row")


def evaluation(
    split: Split, predictions: dict[str, Predictions], contract: Contract
) -> dict[str, Any]:
    """Value, uplift over everything simpler, quality, slices and curve of each policy."""
    rows = split.development
    share = {"nobody": np.zeros(len(rows)), "everybody": np.ones(len(rows))}
    share |= {rung: each.act.mean(axis=0) for rung, each in predictions.items()}
    worth = measured(share, rows, contract)
    held_back = {}
    if split.held_back:
        acts = held_back_acts(predictions, len(split.held_back))
        held_back = measured(acts, split.held_back, contract)
    policies: dict[str, dict[str, object]] = {}
    for name, acted in share.items():
        policies[name] = {
            "value": worth[name].rounded(),
            "acted_on": round(float(acted.mean()), 4),
            "uplift": {
                simple: worth[f"{name}-{simple}"].rounded() for simple in below(name, share)
            },
            "held_back": held_back[name].rounded() if held_back else None,
        }
    for rung, each in predictions.items():
        probability = each.probability.mean(axis=0)
        policies[rung] |= {
            "threshold": each.threshold,
            "quality": quality(rows.label, probability),
            "slices": sliced(rows, share[rung], contract),
            "curve": curve(probability, rows.gain),
        }
    return {"policies": policies}


def held_back_acts(predictions: dict[str, Predictions], count: int) -> dict[str, Floats]:
    """What each policy does with the rows kept back, at the threshold that ships."""
    acts = {"nobody": np.zeros(count), "everybody": np.ones(count)}
    for rung, each in predictions.items():
        acts[rung] = (each.held_back >= each.threshold).astype(np.float64)
    return acts


def below(name: str, policies: dict[str, Floats]) -> list[str]:
    """Everything simpler than *name*, simplest first."""
    names = list(policies)
    return names[: names.index(name)]


def measured(share: dict[str, Floats], rows: Rows, contract: Contract) -> dict[str, Interval]:
    """The value of each policy and, under "a-b", its uplift over each simpler one."""
    worth = {name: acted * rows.gain for name, acted in share.items()}
    pairs = {
        f"{name}-{simple}": worth[name] - worth[simple]
        for name in share
        for simple in below(name, share)
    }
    return intervals(
        worth | pairs, rows.cluster, contract.uplift.confidence, contract.training.seed
    )


def sliced(
    rows: Rows, acted: Floats, contract: Contract
) -> dict[str, dict[str, dict[str, float | None]]]:
    """How a rung treats each slice: share acted on, recall, value a row."""
    return {name: dict(levels(name, rows, acted)) for name in contract.data.slices}


def levels(name: str, rows: Rows, acted: Floats) -> Iterator[tuple[str, dict[str, float | None]]]:
    column = rows.table[name].astype(str).to_numpy()
    for level in np.unique(column):
        mine = column == level
        positive = mine & rows.label
        recall = float(acted[positive].mean()) if positive.any() else None
        yield (
            str(level),
            {
                "rows": int(mine.sum()),
                "acted_on": round(float(acted[mine].mean()), 4),
                "recall": None if recall is None else round(recall, 4),
                "value": round(float((acted * rows.gain)[mine].mean()), 4),
            },
        )


def curve(probability: Floats, gains: Floats) -> dict[str, list[float]]:
    """Value a row when the most probable share of rows is acted on."""
    order = np.argsort(-probability, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(gains[order])]) / len(gains)
    places = np.linspace(0, len(gains), CURVE_POINTS + 1).astype(int)
    return {
        "acted_on": [round(place / len(gains), 4) for place in places.tolist()],
        "value": [round(float(total[place]), 4) for place in places],
    }
