"""How soon monitoring sees a fault, and how often it sees one that is not there: measured.

What is replayed are people that the reference has not seen: it is made anew from one half of them.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import artifact, candidates, files, reference
from ..contract import Contract
from ..outcomes import Outcomes
from ..paths import Paths
from ..rows import Split, load
from .callers import InProcess, played
from .look import Release, Traffic, look
from .replay import Replay, Source

# The alerts of which one must be raised.
RIGHT = {
    "drift": {"input-drift"},
    "labels": {"outcomes-differ", "value-short"},
    "schema": {"rows-refused"},
    "missing": {"input-drift", "rows-refused"},
    "outage": {"input-drift"},
    "poison": {"input-drift"},
    "elsewhere": {"input-drift"},
}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """Rows before a fault and after it, and how many lie between two looks."""

    before: int
    after: int
    every: int


@dataclass(frozen=True)
class Seen:
    """What the looks at one replay raised: *early* while nothing had happened, *raised* after.

    *rows* is how many rows after the fault's first one a right alert was raised; None if never.
    """

    fault: str | None
    seed: int
    rows: int | None
    raised: tuple[str, ...]
    early: tuple[str, ...]


@dataclass(frozen=True)
class Trials:
    """A release and the rows that it can be tried on, with the probabilities of those rows."""

    model: artifact.Model
    split: Split
    contract: Contract
    answered: Floats
    unseen: Floats

    @classmethod
    def of(cls, paths: Paths, contract: Contract) -> "Trials":
        """The model packaged last, and the rows of the project."""
        version = files.read_json(paths.report("package"), "package")["version"]
        model, split = artifact.load(paths.models, version), load(paths, contract)
        rung = model.manifest.rung
        rows = split.development.records(model.manifest.group_columns)
        return cls(
            model,
            split,
            contract,
            np.array([each.probability for each in model.predict(rows)]),
            candidates.predictions(candidates.maker(rung), paths)[rung].probability.mean(axis=0),
        )

    def halves(self, seed: int) -> tuple[Release, Source]:
        """A reference of half of the groups of rows, and the others to replay."""
        rows, chance = self.split.development, np.random.default_rng(seed)
        inside = (chance.random(int(rows.cluster.max()) + 1) < 0.5)[rows.cluster]  # noqa: PLR2004
        known, new = np.flatnonzero(inside), np.flatnonzero(~inside)
        promise = reference.Promise.of(self.value, self.contract.uplift.confidence)
        made = reference.summary(
            rows.take(known), self.contract, self.answered[known], self.unseen[known], promise
        )
        others = Split(rows.take(new), self.split.held_back)
        return Release(self.model, made), Source.of(others, self.model.manifest)

    @property
    def value(self) -> dict[str, float]:
        """What the model was shipped for."""
        found: Any = self.model.manifest.metrics["value"]
        return found

    def seen(self, fault: str | None, plan: Plan, seed: int) -> Seen:
        """Replay, look, and stop as soon as a right alert is raised."""
        release, source = self.halves(seed)
        replay = source.replay(self.contract, fault, (plan.before, plan.after), seed)
        early, raised = set[str](), set[str]()
        for sent, report in looks(release, replay, plan.every, self.contract):
            found = alarms(report)
            if fault is None or sent <= plan.before:
                early |= found
                continue
            raised |= found
            if found & RIGHT[fault]:
                rows = sent - plan.before
                return Seen(fault, seed, rows, tuple(sorted(raised)), tuple(sorted(early)))
        return Seen(fault, seed, None, tuple(sorted(raised)), tuple(sorted(early)))


def looks(
    release: Release, replay: Replay, every: int, contract: Contract
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Play to the model in this process; after *every* rows, the rows sent and a look at them."""
    window, version = contract.monitoring.window, release.model.manifest.version
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Outcomes(f"sqlite:///{folder}/outcomes.db")) as outcomes,
    ):
        caller = InProcess(release.model, outcomes)
        for sent in played(replay, caller):
            if sent % every == 0:
                traffic = Traffic.of(outcomes, version, window, caller.asked(window))
                yield sent, look(release, traffic, contract, datetime.now(UTC))


def alarms(report: dict[str, Any]) -> set[str]:
    """The alerts that a look raised because of traffic; a model's age is none of its doing."""
    return {each["alert"] for each in report["checks"] if each["alarm"]}
