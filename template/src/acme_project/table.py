"""Read a table as the contract declares it; what is wrong is named by file and column."""

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from .contract import Contract
from .errors import Stop
from .sections import Number

MISSING = {"", "NA", "NaN", "nan"}


def read_text(path: Path) -> pd.DataFrame:
    """Read a CSV file, gzipped or not, with every cell as text.

    Raises:
        Stop: the file is missing, truncated, not UTF-8, ragged or empty.
    """
    lines = list(csv.reader(io.StringIO(decoded(path), newline="")))
    if not lines:
        raise Stop(f"{path} is empty", fix="give a CSV file with a header and rows")
    header, rows = lines[0], lines[1:]
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise Stop(f"{path}: two columns are called `{twice}`", fix="rename one of them")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise Stop(
                f"{path}: row {number} has {len(row)} fields, the header has {len(header)}",
                why="the file is cut off or damaged",
                fix="copy or export it again",
            )
    if not rows:
        raise Stop(f"{path} has 0 rows", fix="export it again, with rows below the header")
    return pd.DataFrame(rows, columns=header, dtype="str")


def decoded(path: Path) -> str:
    """The text of a file that may be gzipped."""
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Stop(
            f"{path} is not UTF-8: byte {error.start} cannot be read",
            fix="save it as UTF-8, for example with `iconv -f latin1 -t utf-8`",
        ) from None
    except (EOFError, gzip.BadGzipFile, ValueError) as error:
        raise Stop(
            f"{path} is cut off or damaged: {error}", fix="copy or download the file again"
        ) from None
    except OSError as error:
        raise Stop(
            f"{path} cannot be read: {error.strerror}",
            fix="correct the path: `source` under [data] in contract.toml, or --from",
        ) from None


def numbers(cells: pd.Series, path: Path) -> pd.Series:
    """Text as float64, missing cells as NaN; anything else stops, named by column and row."""
    known = cells.mask(cells.isin(MISSING))
    values = pd.to_numeric(known, errors="coerce").astype("float64")
    wrong = (values.isna() & known.notna()) | np.isinf(values)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise Stop(
            f"{path}: column `{cells.name}`, row {row + 2}: `{cells.iloc[row]}` is no number",
            fix=f"correct the cell, or declare `{cells.name}` as a category in contract.toml",
        )
    return values


def typed(text: pd.DataFrame, contract: Contract, path: Path) -> pd.DataFrame:
    """Keep the columns that the contract names: numbers as float64, all else as text.

    Raises:
        Stop: a column is missing, holds no value at all, or is not of its kind.
    """
    wanted = columns(contract)
    absent = [name for name in wanted if name not in text]
    if absent:
        raise Stop(
            f"{path} has no column {', '.join(f'`{name}`' for name in absent)}",
            why="contract.toml names it",
            fix="add it to the file, or correct contract.toml",
        )
    numeric = numeric_columns(contract)
    table = text[wanted].copy()
    for name in wanted:
        if text[name].isin(MISSING).all():
            raise Stop(
                f"{path}: column `{name}` holds no value in any row",
                fix="export it again, or remove the column from contract.toml",
            )
        if name in numeric:
            table[name] = numbers(text[name], path)
    return table


def columns(contract: Contract) -> list[str]:
    """Every column that the contract names, once, in the order in which it names them."""
    data = contract.data
    held = [data.holdout.column] if data.holdout else []
    order = [name for name in (data.group, data.time) if name]
    keys = [*data.key, *order, *held, *data.slices]
    value = [contract.value.column] if contract.value.kind == "column" else []
    return unique([*keys, *contract.features, contract.label.column, *value])


def numeric_columns(contract: Contract) -> set[str]:
    """The columns that must hold numbers."""
    features = {name for name, kind in contract.features.items() if isinstance(kind, Number)}
    label = {contract.label.column} if contract.label.above is not None else set()
    value = {contract.value.column} if contract.value.kind == "column" else set()
    return features | label | value


def unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
