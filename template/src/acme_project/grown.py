"""The table, grown by the rows that were predicted and have turned out since."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from .contract import Contract
from .outcomes import Captured

# A column of its own says which rows came back, and which of those judge.
ORIGIN = "captured"
TABLE, KNOWN, NEWEST = "", "known", "newest"
# Fewer rows tell nothing about a difference between two models.
FEWEST_JUDGES = 50


@dataclass(frozen=True)
class Grown:
    """A table with the rows that came back, and how many of those train and judge."""

    text: str
    known: int
    newest: int


def grow(
    table: pd.DataFrame, answers: Sequence[Captured], since: datetime, contract: Contract
) -> Grown:
    """Append to *table*, whose cells are text, the *answers* whose outcome is known.

    The newer half of those that came after *since*, when the model in use was made, is marked
    as NEWEST: no model has seen these rows, so they can judge. Rows of the table that were kept
    back until now stay out.
    """
    holdout = contract.data.holdout
    kept = table if holdout is None else table[~table[holdout.column].isin(holdout.values)]
    back = [each for each in answers if each.outcome]
    unseen = [each for each in back if each.at > since.timestamp()]
    judges = judging(unseen[len(unseen) // 2 :], contract)
    rows = [cells(each, kept, contract) for each in back]
    for row, answer in zip(rows, back, strict=True):
        row[ORIGIN] = NEWEST if answer in judges else KNOWN
    out = io.StringIO()
    writer = csv.DictWriter(out, [*kept.columns, ORIGIN], restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(kept.assign(**{ORIGIN: TABLE}).to_dict("records"))
    writer.writerows(rows)
    return Grown(out.getvalue(), len(back) - len(judges), len(judges))


def judging(newest: Sequence[Captured], contract: Contract) -> Sequence[Captured]:
    """The *newest* rows, or none where they are too few, or all turned out alike."""
    turned_out = {positive(each, contract) for each in newest}
    return newest if len(newest) >= FEWEST_JUDGES and len(turned_out) == 2 else ()


def positive(answer: Captured, contract: Contract) -> bool:
    """Whether a row turned out positive."""
    label = contract.label
    found = (answer.outcome or {})[label.column]
    return float(found) > label.above if label.above is not None else found == label.positive


def cells(answer: Captured, table: pd.DataFrame, contract: Contract) -> dict[str, str]:
    """One row as the table writes it: whom it is about is its own, its time is the newest."""
    data = contract.data
    known = {**answer.row, **(answer.outcome or {})}
    row = {name: "" if value is None else str(value) for name, value in known.items()}
    for name in [*data.key, *([data.group] if data.group else [])]:
        row.setdefault(name, answer.id)
    if data.time:
        row[data.time] = time_of(answer, table[data.time])
    return row


def time_of(answer: Captured, column: pd.Series) -> str:
    """When the answer was given, in the table's own terms: a day, or one step after its last."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        return datetime.fromtimestamp(answer.at, UTC).date().isoformat()
    return str(int(numbers.max()) + 1)
