"""What a release has seen: summaries of training that live traffic is compared with.

They hold counts, means and covariances, and nobody's row.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.special import ndtri

from .contract import Contract
from .errors import Stop
from .rows import Rows
from .sections import Category

REFERENCE = "reference.json"
BINS = 10
DIGITS = 6

Floats = NDArray[np.float64]
Cells = Sequence[float | str | None]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Column(_Strict):
    """How many rows fall into each bin; the last count is of what is missing.

    The bins of a number reach up to each of *ends*, the last but one beyond; a category's are its
    *levels*.
    """

    ends: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    counts: tuple[int, ...]

    @classmethod
    def of(cls, cells: Cells, levels: tuple[str, ...] = ()) -> Self:
        """Count the cells in bins of about equally many, or by level."""
        empty = cls(ends=() if levels else _ends(_numbers(cells)), levels=levels, counts=())
        return empty.model_copy(update={"counts": tuple(empty.count(cells).tolist())})

    @property
    def size(self) -> int:
        """The number of bins, that of what is missing among them."""
        return (len(self.levels) or len(self.ends) + 1) + 1

    def bins(self, cells: Cells) -> NDArray[np.intp]:
        """The bin of each cell; shape [cells]."""
        if self.levels:
            places = {level: place for place, level in enumerate(self.levels)}
            return np.array([places.get(str(cell), self.size - 1) for cell in cells], np.intp)
        numbers = _numbers(cells)
        found = np.searchsorted(np.array(self.ends), numbers)
        return np.where(np.isnan(numbers), self.size - 1, found)

    def count(self, cells: Cells) -> NDArray[np.intp]:
        """How many of *cells* fall into each bin; shape [bins]."""
        return np.bincount(self.bins(cells), minlength=self.size)

    @cached_property
    def scores(self) -> Floats:
        """The normal score of each bin by its middle rank; 0 for what is missing; shape [bins].

        Source: van der Waerden, "Order tests for the two-sample problem and their power" (1952).
        """
        known = np.array(self.counts[:-1], np.float64)
        ranks = (np.cumsum(known) - known / 2 + 0.5) / (known.sum() + 1)
        return np.append(ndtri(ranks), 0.0)


class Bin(_Strict):
    """Rows of about one probability, judged by models that had not seen them.

    *gain* is what acting on such a row is worth.
    """

    rows: int
    positive: int
    gain: float


class Promise(_Strict):
    """The value a row that the release was shipped for, with its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, value: Mapping[str, float], confidence: float) -> Self:
        """Read it off an interval of that *confidence*."""
        width = float(ndtri((1 + confidence) / 2) * 2)
        return cls(mean=value["mean"], error=round((value["high"] - value["low"]) / width, DIGITS))


class Reference(_Strict):
    """Training rows in summary.

    Rows of a group resemble one another, so that tests take *groups* for the size of the sample.
    *mean* [features] and *covariance* [features, features] are those of the features' normal
    scores, *spread* [features, features] are the variances of their products. *outcomes* has one
    bin for each of the bins of *predictions*.
    """

    format: Literal[1] = 1
    rows: int
    groups: int
    columns: dict[str, Column]
    predictions: Column
    outcomes: tuple[Bin, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]
    promise: Promise

    @property
    def weight(self) -> float:
        """How much one row counts in a test."""
        return self.groups / self.rows

    def scores(self, cells: Mapping[str, Cells]) -> Floats:
        """The normal scores of rows, given by column; shape [rows, features]."""
        return np.stack([each.scores[each.bins(cells[n])] for n, each in self.columns.items()], 1)


def summary(
    rows: Rows, contract: Contract, answered: Floats, unseen: Floats, promise: Promise
) -> Reference:
    """Summarise training *rows*; floats are rounded, so that equal rows give equal bytes.

    Args:
        rows: what the release learned from.
        contract: which names the features.
        answered: the probabilities that the release gives to the rows; shape [rows].
        unseen: those of models that had not seen the row; shape [rows].
        promise: what the release is worth.
    """
    columns, scores = {}, []
    for name, kind in contract.features.items():
        cells = rows.inputs[name].tolist()
        column = Column.of(cells, kind.levels if isinstance(kind, Category) else ())
        columns[name] = column
        scores.append(column.scores[column.bins(cells)])
    level = np.stack(scores, 1)
    predictions = Column.of(answered.tolist())
    place = predictions.bins(unseen.tolist())
    return Reference(
        rows=len(rows),
        groups=len(np.unique(rows.cluster)),
        columns=columns,
        predictions=predictions,
        outcomes=tuple(_bin(rows, place == each) for each in range(predictions.size - 1)),
        mean=_rounded(level.mean(axis=0)),
        covariance=tuple(map(_rounded, _covariance(level))),
        spread=tuple(map(_rounded, spread(level))),
        promise=promise,
    )


def spread(scores: Floats) -> Floats:
    """The variances of the products of any two columns; shape [columns, columns]."""
    squares = scores**2
    return squares.T @ squares / len(scores) - (scores.T @ scores / len(scores)) ** 2


def read(folder: Path) -> Reference:
    """The reference in a release's folder, which `artifact.load` has verified.

    Raises:
        Stop: there is none, or none that this code understands.
    """
    try:
        return Reference.model_validate_json((folder / REFERENCE).read_bytes())
    except (OSError, ValidationError) as error:
        raise Stop(
            f"{folder.name} has no {REFERENCE} to compare with",
            why=str(error).splitlines()[0],
            fix="run `acme-project run`, and promote what it packages",
        ) from None


def _bin(rows: Rows, mine: NDArray[np.bool_]) -> Bin:
    gain = float(rows.gain[mine].mean()) if mine.any() else 0.0
    return Bin(rows=int(mine.sum()), positive=int(rows.label[mine].sum()), gain=round(gain, DIGITS))


def _covariance(scores: Floats) -> Floats:
    return np.atleast_2d(np.cov(scores, rowvar=False))


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), DIGITS) for value in values)


def _numbers(cells: Cells) -> Floats:
    """Numbers in the precision in which models see them; missing is NaN."""
    return np.array(cells, np.float32).astype(np.float64)


def _ends(numbers: Floats) -> tuple[float, ...]:
    """The inner quantiles that part the numbers; fewer where many are equal."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return ()
    inner = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    return tuple(float(end) for end in np.unique(inner) if end < known.max())
