"""Say what each rung is worth, in the unit of the objective, and how sure that is."""

from dataclasses import dataclass, replace
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from . import artifact, candidates, cost, evidence, files
from .classification import calibration, quality
from .contract import Contract
from .crossfit import Predictions
from .errors import Stop
from .fairness import treatment
from .paths import Paths
from .rows import Rows, Split, load
from .thresholds import groups
from .value import Interval, intervals

Floats = NDArray[np.float64]
# What can be done without looking at a row; every rung has to beat both.
BLIND = ("nobody", "everybody")
CURVE_POINTS = 60
# No probability reaches it, and JSON knows no infinity.
NEVER = 2.0


@dataclass(frozen=True)
class Acts:
    """Which share of the rounds acts on each row, for each policy, simplest first."""

    rows: Rows
    share: dict[str, Floats]

    def simpler(self, name: str) -> list[str]:
        """Every policy below *name*."""
        names = list(self.share)
        return names[: names.index(name)]

    def measured(self, contract: Contract) -> dict[str, Interval]:
        """The value of each policy and, under "a-b", its uplift over each simpler one."""
        worth = {name: acted * self.rows.gain for name, acted in self.share.items()}
        pairs = {
            f"{name}-{simple}": worth[name] - worth[simple]
            for name in worth
            for simple in self.simpler(name)
        }
        seed = contract.training.seed
        return intervals(worth | pairs, self.rows.cluster, contract.uplift.confidence, seed)


@click.command("evaluate")
def command() -> None:
    """Compare all rungs on the same rows, and measure the rows kept back."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    stages = ("baseline", "train")
    predictions, measured = {}, {}
    for stage in stages:
        predictions |= candidates.predictions(stage, paths)
        measured |= files.read_json(paths.report(stage), stage)["rungs"]
    split = load(paths, contract)
    policies = evaluation(split, predictions, contract)
    for rung in predictions:
        policies[rung] |= priced(rung, policies, measured, contract)
    report = {"policies": policies, "production": production(paths, split, predictions, contract)}
    evidence.keep("evaluate", report, paths)
    for name, policy in policies.items():
        click.echo(f"{name:10} {policy['value']['mean']:8.2f} {contract.objective.unit} a row")


def evaluation(
    split: Split, predictions: dict[str, Predictions], contract: Contract
) -> dict[str, dict[str, Any]]:
    """Value, uplift over everything simpler, quality, slices and curve of each policy."""
    rows = split.development
    blind = {"nobody": np.zeros(len(rows)), "everybody": np.ones(len(rows))}
    acts = Acts(rows, blind | {rung: each.act.mean(axis=0) for rung, each in predictions.items()})
    worth = acts.measured(contract)
    back = split.held_back
    worth_back = kept_back(back, predictions, contract).measured(contract) if back else {}
    policies: dict[str, dict[str, Any]] = {}
    for name, acted in acts.share.items():
        policies[name] = {
            "value": worth[name].rounded(),
            "acted_on": round(float(acted.mean()), 4),
            "uplift": {each: worth[f"{name}-{each}"].rounded() for each in acts.simpler(name)},
            "held_back": worth_back[name].rounded() if back else None,
        }
    for rung, each in predictions.items():
        probability = each.probability.mean(axis=0)
        policies[rung] |= {
            "threshold": min(each.thresholds.for_all, NEVER),
            "thresholds": each.thresholds.by_group,
            "quality": quality(rows.label, probability),
            "calibration": calibration(rows.label, probability),
            "curve": curve(probability, rows.gain),
            **treatment(rows, acts.share[rung], acts.share["rule"], contract),
        }
    return policies


def kept_back(rows: Rows, predictions: dict[str, Predictions], contract: Contract) -> Acts:
    """What each policy does with the rows kept back, at the thresholds that ship."""
    group = groups(rows, contract)
    share = {"nobody": np.zeros(len(rows)), "everybody": np.ones(len(rows))}
    for rung, each in predictions.items():
        share[rung] = (each.held_back >= each.thresholds.of(group)).astype(np.float64)
    return Acts(rows, share)


def priced(
    rung: str,
    policies: dict[str, dict[str, Any]],
    measured: dict[str, dict[str, Any]],
    contract: Contract,
) -> dict[str, Any]:
    """What a rung costs a row, and what is left of its uplifts after the difference in cost."""
    costs = {
        str(name): cost.a_row(name, measured[name], contract) for name in contract.training.ladder
    }
    net = {}
    for simpler, uplift in policies[rung]["uplift"].items():
        extra = costs[rung]["total"] - costs.get(simpler, {"total": 0.0})["total"]
        net[simpler] = {end: round(figure - extra, 4) for end, figure in uplift.items()}
    return {"cost": costs[rung], "net_uplift": net}


def production(
    paths: Paths, split: Split, predictions: dict[str, Predictions], contract: Contract
) -> dict[str, Any] | None:
    """What each rung is worth more than the model in use, on rows that neither has seen.

    None without rows kept back, and for a model that is missing, broken or of another table.
    """
    rows, version = split.held_back, artifact.current(paths.models)
    if rows is None or version is None:
        return None
    try:
        model = artifact.load(paths.models, version)
    except Stop as stop:
        click.echo(f"not compared with the model in use: {stop.what}", err=True)
        return None
    records = rows.records([each for each in model.manifest.group_columns if each in rows.table])
    if not unseen(model.manifest, paths, contract) or any(map(model.check, records)):
        return None
    acts = kept_back(rows, predictions, contract)
    in_use = np.array([each.decision for each in model.predict(records)], np.float64)
    worth = replace(acts, share={"in use": in_use} | acts.share).measured(contract)
    uplift = {rung: worth[f"{rung}-in use"].rounded() for rung in predictions}
    return {"version": version, "uplift": uplift}


def unseen(manifest: artifact.Manifest, paths: Paths, contract: Contract) -> bool:
    """Whether a model cannot have trained on the rows kept back."""
    if contract.data.holdout and contract.data.holdout.after:
        return manifest.created <= contract.data.holdout.after
    return manifest.data.sha256 == files.read_json(paths.report("data"), "data")["sha256"]


def curve(probability: Floats, gains: Floats) -> dict[str, list[float]]:
    """Value a row from a threshold down, and the share of rows acted on there."""
    order = np.argsort(-probability, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(gains[order])]) / len(gains)
    places = np.linspace(0, len(gains), CURVE_POINTS + 1).astype(int)
    thresholds = np.concatenate([[1.0], probability[order]])[places]
    return {
        "acted_on": [round(place / len(gains), 4) for place in places.tolist()],
        "threshold": [round(float(each), 4) for each in thresholds],
        "value": [round(float(total[place]), 4) for place in places],
    }
