"""What was predicted and how it turned out, in one database that many processes may use.

It is SQLite in a file, or PostgreSQL where the address says so.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from .errors import Stop
from .signature import Row

ADDRESS_VARIABLE = "OUTCOMES_URL"
DEFAULT_ADDRESS = "sqlite:///data/outcomes.db"

Role = Literal["champion", "canary", "shadow"]
# What the label's column, and the value's, turned out to hold.
Outcome = Mapping[str, float | str]

METADATA = MetaData()
PREDICTIONS = Table(
    "predictions",
    METADATA,
    Column("id", String(32), primary_key=True),
    # A shadow answers the same row under the same id.
    Column("model", String(100), primary_key=True),
    Column("role", String(8), nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("row", JSON, nullable=False),
    Column("probability", Float, nullable=False),
    Column("decision", Boolean, nullable=False),
    # The key is where the rows are, and grows at its end: a commit touches few pages.
    sqlite_with_rowid=False,
)
OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("at", Float, nullable=False),
    Column("outcome", JSON, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Captured:
    """One answer: seconds since 1970, what was asked, and the outcome once it is known."""

    id: str
    model: str
    role: Role
    at: float
    row: Row
    probability: float
    decision: bool
    outcome: Outcome | None = None


# In a statement: SQLite takes 32,766 values in one.
MOST_ROWS = 1_000


@dataclass(frozen=True)
class Learnt:
    """How many outcomes are new, and the ids that are unknown or have another outcome already."""

    new: int
    unknown: tuple[str, ...]
    contradicted: tuple[str, ...]


class Outcomes:
    """The database behind one address; what a method has returned from is on disk."""

    def __init__(self, address: str = "") -> None:
        """Open the database, and make its tables where they are missing.

        Raises:
            Stop: the address is none, or the database cannot be reached.
        """
        url = located(address)
        try:
            self.engine = engine(url)
            METADATA.create_all(self.engine)
            self._insert, self._row = str(insert(PREDICTIONS).compile(self.engine)).split("VALUES")
        except (SQLAlchemyError, OSError) as error:
            raise Stop(
                "the outcomes' database cannot be opened",
                why=str(error).splitlines()[0],
                fix=f"see to it that {url.render_as_string()} is there and can be written",
            ) from error

    def keep(self, answers: Sequence[Captured]) -> None:
        """Write down what was answered: all of it, or nothing when it raises SQLAlchemyError."""
        # One statement for many rows: the thread that writes and the one that answers take turns
        # at each, and at each value that the toolkit would look at.
        with self.engine.begin() as connection:
            for start in range(0, len(answers), MOST_ROWS):
                some = answers[start : start + MOST_ROWS]
                rows = ",".join([self._row] * len(some))
                values = tuple(chain.from_iterable(map(stored, some)))
                connection.exec_driver_sql(f"{self._insert} VALUES {rows}", values)

    def learn(self, outcomes: Mapping[str, Outcome]) -> Learnt:
        """Join outcomes to the predictions of these ids; all of them, or none when one is wrong.

        An outcome that is known already changes nothing. Raises SQLAlchemyError, and then none is
        joined.
        """
        # Whoever loses a race for an id finds it known the next time, and so ends.
        for _ in outcomes:
            try:
                return self._learn(outcomes)
            except IntegrityError:
                continue
        return self._learn(outcomes)

    def _learn(self, outcomes: Mapping[str, Outcome]) -> Learnt:
        # In one order for all, so that two processes never wait for each other.
        ids = sorted(outcomes)
        with self.engine.begin() as connection:
            asked = connection.execute(
                select(PREDICTIONS.c.id).where(PREDICTIONS.c.id.in_(ids))
            ).scalars()
            unknown = tuple(sorted(set(ids) - set(asked)))
            found = connection.execute(
                select(OUTCOMES.c.id, OUTCOMES.c.outcome).where(OUTCOMES.c.id.in_(ids))
            )
            known = {row.id: row.outcome for row in found}
            contradicted = tuple(each for each in known if known[each] != outcomes[each])
            new = [each for each in ids if each not in known]
            if unknown or contradicted or not new:
                return Learnt(0, unknown, contradicted)
            at = time.time()
            rows = [{"id": each, "at": at, "outcome": outcomes[each]} for each in new]
            connection.execute(insert(OUTCOMES), rows)
        return Learnt(len(new), (), ())

    def captured(self, since: float = 0.0, model: str | None = None) -> list[Captured]:
        """The answers from a second on, of one model or all, oldest first, with outcomes."""
        chosen = (
            select(PREDICTIONS, OUTCOMES.c.outcome)
            .join(OUTCOMES, PREDICTIONS.c.id == OUTCOMES.c.id, isouter=True)
            .where(PREDICTIONS.c.at >= since)
            .order_by(PREDICTIONS.c.at, PREDICTIONS.c.id)
        )
        if model is not None:
            chosen = chosen.where(PREDICTIONS.c.model == model)
        with self.engine.connect() as connection:
            return [Captured(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001

    def latest(self, model: str, count: int, *, known: bool = False) -> list[Captured]:
        """The last answers that a model's users were given, or those with an outcome; any order."""
        chosen = (
            select(PREDICTIONS, OUTCOMES.c.outcome)
            .join(OUTCOMES, PREDICTIONS.c.id == OUTCOMES.c.id, isouter=not known)
            .where(PREDICTIONS.c.model == model, PREDICTIONS.c.role != "shadow")
            .order_by(PREDICTIONS.c.at.desc(), PREDICTIONS.c.id)
            .limit(count)
        )
        with self.engine.connect() as connection:
            return [Captured(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def stored(each: Captured) -> tuple[str | float, ...]:
    """The values of an answer in the order of the table's columns."""
    row = json.dumps(each.row)
    return (each.id, each.model, each.role, each.at, row, each.probability, each.decision)


def experience(captured: Sequence[Captured]) -> list[Row]:
    """The rows whose outcome is known, as training data holds them; each one once."""
    return [
        {**each.row, **each.outcome}
        for each in captured
        if each.outcome is not None and each.role != "shadow"
    ]


def located(address: str = "") -> URL:
    """Where the database is: at *address*, where the environment says, or in a file in data/.

    Raises:
        Stop: that is no address, or of a database that nothing installed here speaks to.
    """
    given = address or os.environ.get(ADDRESS_VARIABLE, "") or DEFAULT_ADDRESS
    try:
        url = make_url(given)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise Stop(
            "the address of the outcomes' database is none",
            why=str(error).splitlines()[0].replace(given, "it"),
            fix=f"{ADDRESS_VARIABLE} is sqlite:///FILE, or postgresql+psycopg://USER@HOST/NAME "
            "with the extra `postgres` installed",
        ) from error
    return url


def reason(error: Exception) -> str:
    """What ails the database, in a word that quotes no row."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlite_errorname", type(cause).__name__))


def engine(url: URL) -> Engine:
    """An engine for the address; SQLite with a log written ahead, so readers never wait."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True, paramstyle="format")
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)

    @event.listens_for(made, "connect")
    def prepare(connection: Any, _: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    return made
