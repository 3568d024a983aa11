"""Say what the model looks at: what each feature is worth, and the reasons for single answers."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from . import artifact, evidence, reasons
from .artifact import Model
from .classification import estimator
from .cli import source_of
from .contract import Contract
from .crossfit import outer, positive, trained
from .errors import Stop
from .paths import Paths
from .reasons import Explanation
from .rows import Rows, load
from .sections import Rung
from .signature import Row
from .value import Interval, intervals

SHUFFLES = 3
EXPLAINED = 10
# How much more orders than the service samples tell how far its reasons are off.
MORE = 8
# Reasons are rounded, so their sum may miss by this much.
ROUNDING = 1e-3


@click.command("explain")
def command() -> None:
    """Measure what features are worth, and see single answers explained; exit 1 if they are not."""
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    model = artifact.load(paths.models, artifact.latest(paths.models))
    rows = load(paths, contract).development
    worth = importance(model, rows, contract)
    strongest = sorted(worth, key=lambda name: -worth[name].mean)
    single = reasoned(model, some(rows, model))
    report = {
        "rung": model.manifest.rung,
        "version": model.manifest.version,
        "importance": [{"feature": name, **worth[name].rounded()} for name in strongest],
        "reasons": single,
        "faults": list(unexplained(single)),
    }
    evidence.keep("explain", report, paths)
    for name in strongest:
        click.echo(f"{name:20} {worth[name].mean:8.2f} {contract.objective.unit} a row")
    for fault in report["faults"]:
        click.echo(fault, err=True)
    if report["faults"]:
        raise click.exceptions.Exit(1)


def importance(model: Model, rows: Rows, contract: Contract) -> dict[str, Interval]:
    """What is lost a row, in the objective's unit, when a feature is shuffled among unseen rows.

    Features that tell the same share their worth, or take it from each other. Sources: Breiman,
    "Random forests", Machine Learning 45 (2001); Fisher, Rudin and Dominici, "All models are
    wrong, but many are useful", JMLR 20 (2019).
    """
    lost = {name: np.zeros(len(rows)) for name in contract.features}
    random = np.random.default_rng(contract.training.seed)
    unfitted = estimator(packaged(model, contract), contract)
    sent = rows.records(model.manifest.group_columns)
    thresholds = np.array([model.manifest.threshold_of(row) for row in sent])
    for train, test in outer(rows, contract, 0):
        fitted, unseen = trained(unfitted, rows.take(train), contract), rows.take(test)
        act = positive(fitted, unseen) >= thresholds[test]
        for name, loss in lost.items():
            for shuffled in without(name, unseen, random):
                instead = positive(fitted, shuffled) >= thresholds[test]
                loss[test] += (act * 1.0 - instead) * unseen.gain / SHUFFLES
    return intervals(lost, rows.cluster, contract.uplift.confidence, contract.training.seed)


def packaged(model: Model, contract: Contract) -> Rung:
    """The rung that the model is of."""
    for rung in contract.training.ladder:
        if rung == model.manifest.rung:
            return rung
    raise Stop(
        f"`{model.manifest.rung}` is packaged, and no longer on the ladder",
        fix="run `gate` and `package` first, or `run` for all stages",
    )


def without(name: str, rows: Rows, random: np.random.Generator) -> Iterator[Rows]:
    """The rows with the values of one feature in other orders."""
    for _ in range(SHUFFLES):
        order: NDArray[np.intp] = random.permutation(len(rows))
        shuffled = rows.inputs[name].to_numpy()[order]
        yield replace(rows, inputs=rows.inputs.assign(**{name: shuffled}))


def some(rows: Rows, model: Model) -> list[Row]:
    """A few rows from all over the table, as the service gets them."""
    places = np.linspace(0, len(rows) - 1, min(EXPLAINED, len(rows))).astype(np.intp)
    return list(rows.take(places).records(model.manifest.group_columns))


def reasoned(model: Model, rows: Sequence[Row]) -> dict[str, Any]:
    """Explain rows by artifact and by service, and measure how far reasons can be trusted."""
    started = time.perf_counter()
    found = reasons.explain(model, rows)
    seconds = time.perf_counter() - started
    base = reasons.log_odds(model.predict([model.manifest.example]))[0]
    end = reasons.log_odds(model.predict(rows)) - base
    sums = [sum(each.contribution for each in one.reasons) for one in found]
    return {
        "rows": len(rows),
        "ms_a_row": round(seconds / len(rows) * 1000, 2),
        "unexplained": round(float(np.abs(end - sums).max()), 6),
        "sampling_error": round(sampling_error(model, rows, found), 4),
        "service": asked(model, rows, found),
    }


def sampling_error(model: Model, rows: Sequence[Row], found: Sequence[Explanation]) -> float:
    """By how much a contribution is off at most, against many more orders of the features."""
    better = reasons.explain(model, rows, reasons.PAIRS * MORE)
    worst = 0.0
    for mine, true in zip(found, better, strict=True):
        parts = {each.feature: each.contribution for each in true.reasons}
        for each in mine.reasons:
            worst = max(worst, abs(each.contribution - parts.get(each.feature, 0.0)))
    return worst


def asked(model: Model, rows: Sequence[Row], found: Sequence[Explanation]) -> str | None:
    """What is wrong with the service's own reasons; None without a service."""
    if not source_of("serve"):
        return None
    client = import_module(".serving.client", __package__)
    service = import_module(".serving.service", __package__)
    status, answer = client.ask(service.create(model), "/explain", {"rows": rows})
    if status != 200:
        return f"answers {status}"
    return "" if answer["explanations"] == [asdict(each) for each in found] else "differs"


def unexplained(single: dict[str, Any]) -> Iterator[str]:
    """What keeps single answers from being explained."""
    if single["unexplained"] > ROUNDING:
        yield f"reasons miss an answer by {single['unexplained']:g} in log-odds"
    if single["service"]:
        yield f"POST /explain {single['service']}"
