"""Describe a table of your own in contract.toml, with nothing edited by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomlkit
from tomlkit.items import Table

from . import personal
from .classification import labels
from .contract import Contract
from .errors import Stop
from .rows import split
from .sections import Label
from .table import MISSING, read_text, typed

YES = ("1", "1.0", "true", "yes", "y")
DECISION = "act"
MOST_LEVELS = 50
LONG_TAIL = 3.0
# Of the made up figures of `placeholder_value`, one of which a row is worth at most.
NOTICEABLE = 0.05


@dataclass(frozen=True)
class Own:
    """What the user says about a table."""

    file: Path
    label: str
    positive: str | None
    group: str | None


@dataclass(frozen=True)
class Taken:
    """The contract's new text, where the table goes, and what to tell the user."""

    contract: str
    source: str
    notes: list[str]


def adopt(own: Own, contract: str) -> Taken:
    """Rewrite the parts of *contract* that describe data; other sections and comments stay.

    Raises:
        Stop: the table cannot be used as it is; nothing has been written.
    """
    table = read_text(own.file)
    for name in filter(None, (own.label, own.group)):
        if name not in table:
            raise Stop(
                f"{own.file} has no column `{name}`",
                fix=f"choose one of {', '.join(table.columns)}",
            )
    positive = own.positive or guessed_positive(table[own.label], own)
    labels(table, Label(column=own.label, decision=DECISION, positive=positive))
    document = tomlkit.parse(contract)
    country = document.unwrap()["launch"]["country"]
    features, notes = described(table.drop(columns=[own.label, own.group or own.label]), country)
    if not features:
        raise Stop(
            f"{own.file} has no column to learn from besides `{own.label}`",
            fix="add columns that are known before the outcome is",
        )
    source = f"data/own/{own.file.name}"
    document["data"] = section(
        source=source, kind="own", name=own.file.name.partition(".")[0], group=own.group
    )
    document["label"] = section(column=own.label, positive=positive, decision=DECISION)
    document["value"] = placeholder_value()
    document["baseline"] = section(
        column=strongest(table, features, own.label, positive), reason=""
    )
    document["uplift"] |= {"required": 0.0, "noticeable": 0.0}
    document["cost"]["placeholder"] = True
    if "canary" in document:
        document["canary"]["worse"] = NOTICEABLE
    document["fairness"]["thresholds_by"] = []
    document["privacy"] = privacy(own.group)
    document["features"] = inline(features)
    text = tomlkit.dumps(document)
    promised = Contract.parse(text)
    split(typed(table, promised, own.file), promised)
    return Taken(text, source, notes)


def guessed_positive(label: pd.Series, own: Own) -> str:
    """The value that means yes, where there is no doubt."""
    values = sorted(set(label) - MISSING)
    yes = [value for value in values if value.lower() in YES]
    if len(values) == 2 and len(yes) == 1:
        return yes[0]
    shown = ", ".join(values[:5]) + (", ..." if len(values) > 5 else "")
    raise Stop(
        f"{own.file}: which value of `{own.label}` is the positive one? It holds {shown}",
        fix="name it with --positive VALUE",
    )


def described(table: pd.DataFrame, country: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The columns that can be features, and why the others cannot."""
    features, notes = {}, []
    for name in table:
        known = table[name][~table[name].isin(MISSING)]
        values = pd.to_numeric(known, errors="coerce").astype("float64")
        numeric = bool(len(values)) and bool(np.isfinite(values).all())
        reason = private(known, country) or unusable(known, values if numeric else None)
        if reason:
            notes.append(f"left out `{name}`: {reason}")
            continue
        kind = number(values) if numeric else category(known)
        features[str(name)] = kind | ({"required": False} if len(known) < len(table) else {})
    return features, notes


def private(known: pd.Series, country: str) -> str | None:
    """Why a column is nobody's business, or None."""
    if kinds := personal.in_column(known, country):
        return f"it holds {' and '.join(kinds)}"
    return "its name says that it is personal" if personal.called(str(known.name)) else None


def unusable(known: pd.Series, values: pd.Series | None) -> str | None:
    """Why a column cannot be a feature, or None."""
    distinct = known.nunique()
    if distinct < 2:
        return "it does not vary"
    if values is None and (distinct > MOST_LEVELS or distinct == len(known)):
        return f"{distinct} different texts are too many for a category"
    if values is not None and distinct == len(known) and (values.diff()[1:] == 1).all():
        return "it numbers the rows"
    return None


def number(values: pd.Series) -> dict[str, Any]:
    """The range seen, with a tenth of its width to spare; never across zero."""
    low, high = float(values.min()), float(values.max())
    spare = (high - low) / 10
    kind = {
        "kind": "number",
        "low": float(f"{low - spare:.4g}") if low < 0 or low - spare > 0 else 0.0,
        "high": float(f"{high + spare:.4g}") if high > 0 or high + spare < 0 else 0.0,
    }
    long = low >= 0 and float(values.skew()) > LONG_TAIL
    return kind | ({"scale": "log"} if long else {})


def category(known: pd.Series) -> dict[str, Any]:
    return {"kind": "category", "levels": sorted(set(known))}


def strongest(
    table: pd.DataFrame, features: dict[str, dict[str, Any]], label: str, positive: str
) -> str:
    """The number that alone orders the outcome best; the first feature if there is none."""
    outcome = (table[label] == positive).astype("float64")
    numbers = [name for name, kind in features.items() if kind["kind"] == "number"]
    values = table[numbers].apply(pd.to_numeric, errors="coerce")
    order = values.corrwith(outcome, method="spearman").abs()
    return str(order.idxmax()) if numbers else next(iter(features))


def section(**values: object) -> Table:
    """A table of the contract; what is None is left out."""
    made = tomlkit.table()
    for name, value in values.items():
        if value is not None:
            made.add(name, value)
    return made


def privacy(group: str | None) -> Table:
    """Who a group is, is nobody's business; what else is personal, the team must say."""
    ids = [group] if group else []
    return section(personal=ids, ids=ids)


def placeholder_value() -> Table:
    """What outcomes are worth until the team says so."""
    made = tomlkit.table()
    made.add(tomlkit.comment("What acting on a row, or leaving it alone, is worth to you."))
    made.add("kind", "matrix")
    made.add(tomlkit.comment("These four figures are made up: set yours, then delete this line."))
    made.add("placeholder", True)  # noqa: FBT003
    for name, worth in {
        "true_positive": 1.0,
        "false_positive": -1.0,
        "true_negative": 0.0,
        "false_negative": 0.0,
    }.items():
        made.add(name, worth)
    return made


def inline(features: dict[str, dict[str, Any]]) -> Table:
    """One feature a line."""
    made = tomlkit.table()
    for name, kind in features.items():
        row = tomlkit.inline_table()
        row.update(kind)
        made.add(name, row)
    return made
