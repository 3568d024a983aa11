"""The prepared table, split into rows to develop on and rows kept back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import table
from .classification import labels
from .contract import Contract
from .files import not_made
from .paths import Paths
from .value import gain


@dataclass(frozen=True)
class Rows:
    """Rows with what is known about each; every array has shape [rows].

    *inputs* are the features alone, *table* is every column that the contract names.
    """

    table: pd.DataFrame
    inputs: pd.DataFrame
    label: NDArray[np.bool_]
    gain: NDArray[np.float64]
    cluster: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.table)

    def records(self, also: Sequence[str]) -> list[dict[str, float | str | None]]:
        """Features and the columns *also* of each row as the service gets them; None is missing."""
        sent = self.inputs.assign(**{name: self.table[name].astype(str) for name in also})
        return sent.astype(object).where(sent.notna(), None).to_dict("records")

    def take(self, indices: NDArray[np.intp]) -> "Rows":
        """The rows at *indices*, in that order."""
        return Rows(
            self.table.iloc[indices],
            self.inputs.iloc[indices],
            self.label[indices],
            self.gain[indices],
            self.cluster[indices],
        )


@dataclass(frozen=True)
class Split:
    """Rows that models may see, and rows that play the part of production."""

    development: Rows
    held_back: Rows | None

    def parts(self) -> list[Rows]:
        """The parts that hold rows."""
        return [self.development, *([self.held_back] if self.held_back else [])]


def load(paths: Paths, contract: Contract) -> Split:
    """Read what the stage `data` wrote."""
    if not paths.table.exists():
        raise not_made(paths.table, "data")
    return split(table.typed(table.read_text(paths.table), contract, paths.table), contract)


def split(frame: pd.DataFrame, contract: Contract) -> Split:
    """Part the rows as [data] holdout says."""
    holdout = contract.data.holdout
    if holdout is None:
        return Split(rows(frame, contract), None)
    held = frame[holdout.column].isin(holdout.values)
    return Split(rows(frame[~held], contract), rows(frame[held], contract) if held.any() else None)


def inputs(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The features, with numbers in the precision in which the service will receive them."""
    made = frame[list(contract.features)].copy()
    numbers = made.select_dtypes("float64").columns
    made[numbers] = made[numbers].astype("float32").astype("float64")
    return made


def rows(frame: pd.DataFrame, contract: Contract) -> Rows:
    """Attach label, gain and cluster to the rows of *frame*."""
    frame = frame.reset_index(drop=True)
    label = labels(frame, contract.label)
    group = contract.data.group
    cluster = pd.factorize(frame[group])[0] if group else np.arange(len(frame))
    return Rows(
        frame,
        inputs(frame, contract),
        label,
        gain(frame, label, contract.value),
        cluster.astype(np.int64),
    )
