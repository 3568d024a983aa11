"""The project's own rows as traffic, undisturbed or with a fault that monitoring should see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from ..artifact import Manifest
from ..contract import Contract
from ..errors import Stop
from ..rows import Split
from ..sections import Number

# How far the usual drift goes: the higher a row ranks in the baseline's column, the more often.
LEAN = 1.0
POISONED = 0.3
UNSENT = 0.5


@dataclass(frozen=True)
class Replay:
    """Rows as callers send them, and as they turn out; both in the order of time."""

    sent: pd.DataFrame
    told: pd.DataFrame

    def take(self, places: np.ndarray) -> "Replay":
        """The rows at *places*, in that order."""
        return Replay(self.sent.iloc[places], self.told.iloc[places])

    def shuffled(self, count: int, chance: np.random.Generator) -> "Replay":
        """*count* of the rows by chance, none twice before all have come."""
        rounds = -(-count // len(self.sent))
        order = np.concatenate([chance.permutation(len(self.sent)) for _ in range(rounds)])
        return self.take(order[:count])

    def then(self, other: "Replay") -> "Replay":
        """These rows, and those after them."""
        return Replay(pd.concat([self.sent, other.sent]), pd.concat([self.told, other.told]))

    def rows(self) -> list[dict[str, Any]]:
        """What callers send; what is missing is left out."""
        return [
            {str(name): cell for name, cell in row.items() if not pd.isna(cell)}
            for row in self.sent.to_dict("records")
        ]

    def outcomes(self) -> list[dict[str, Any]]:
        """How the rows turn out."""
        return [{str(n): cell for n, cell in row.items()} for row in self.told.to_dict("records")]


Fault = Callable[[Replay, Contract, np.random.Generator], Replay]


def drift(replay: Replay, contract: Contract, chance: np.random.Generator) -> Replay:
    """Covariate drift: rows high in the baseline's column come more often; each is a real one."""
    column = replay.sent[contract.baseline.column].infer_objects()
    rank = column.rank(pct=True).fillna(0.5).to_numpy()
    weight = rank**LEAN / (rank**LEAN).sum()
    return replay.take(chance.choice(len(rank), len(rank), p=weight))


def labels(replay: Replay, _: Contract, chance: np.random.Generator) -> Replay:
    """Label drift: inputs are as ever, and how rows turn out has nothing to do with them."""
    return replace(replay, told=replay.told.iloc[chance.permutation(len(replay.told))])


def schema(replay: Replay, contract: Contract, _: np.random.Generator) -> Replay:
    """Schema change: the baseline's column comes under another name."""
    name = contract.baseline.column
    return replace(replay, sent=replay.sent.rename(columns={name: f"{name}_v2"}))


def missing(replay: Replay, contract: Contract, chance: np.random.Generator) -> Replay:
    """Missing feature: half of the callers no longer send one that is not required."""
    optional = [name for name, kind in contract.features.items() if not kind.required]
    name = optional[0] if optional else contract.baseline.column
    left_out = chance.random(len(replay.sent)) < UNSENT
    return replace(
        replay, sent=replay.sent.assign(**{name: replay.sent[name].mask(left_out, None)})
    )


def outage(replay: Replay, contract: Contract, _: np.random.Generator) -> Replay:
    """Outage of a column: what fills it is down, and the caller sends a default."""
    name = contract.baseline.column
    kind = contract.features[name]
    default = max(kind.low, min(0.0, kind.high)) if isinstance(kind, Number) else kind.levels[0]
    return replace(replay, sent=replay.sent.assign(**{name: default}))


def poison(replay: Replay, _: Contract, chance: np.random.Generator) -> Replay:
    """Poisoned rows: three in ten are made up of several people's features, each one plausible."""
    sent, made_up = replay.sent.copy(), chance.random(len(replay.sent)) < POISONED
    for name in sent:
        mixed = sent[name].to_numpy()[chance.permutation(len(sent))]
        sent[name] = sent[name].where(~made_up, mixed)
    return replace(replay, sent=sent)


FAULTS: dict[str, Fault] = {
    "drift": drift,
    "labels": labels,
    "schema": schema,
    "missing": missing,
    "outage": outage,
    "poison": poison,
}
# No injection at all: the rows that [data] holdout keeps back, which are from elsewhere.
ELSEWHERE = "elsewhere"
KINDS = (*FAULTS, ELSEWHERE)


@dataclass(frozen=True)
class Source:
    """What can be replayed: rows like those that the model learned from, and rows kept back."""

    development: Replay
    held_back: Replay | None

    @classmethod
    def of(cls, split: Split, manifest: Manifest) -> Self:
        """What a model accepts is sent, and told is what its service wants to hear later."""
        told = [each.name for each in manifest.outcome]
        sent = [part.records(manifest.group_columns) for part in split.parts()]
        made = [
            Replay(pd.DataFrame(rows, dtype=object), part.table[told])
            for rows, part in zip(sent, split.parts(), strict=True)
        ]
        return cls(made[0], made[1] if len(made) > 1 else None)

    def replay(
        self, contract: Contract, fault: str | None, sizes: tuple[int, int], seed: int
    ) -> Replay:
        """So many rows undisturbed, and then so many with a *fault*.

        Raises:
            Stop: the fault is of rows kept back, and none are.
        """
        chance = np.random.default_rng(seed)
        good = self.development.shuffled(sum(sizes), chance)
        if fault is None:
            return good
        head, tail = (good.take(part) for part in np.split(np.arange(sum(sizes)), sizes[:1]))
        if fault in FAULTS:
            return head.then(FAULTS[fault](tail, contract, chance))
        if self.held_back is None:
            raise Stop("no rows are kept back", fix="set `holdout` in [data], or another --fault")
        return head.then(self.held_back.shuffled(sizes[1], chance))
