"""Replay the project's own rows as live traffic, with outcomes that come later, and with faults."""

import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..artifact import Model
from ..outcomes import Captured, Outcomes
from .look import Asked
from .replay import Replay

# So many rows are on their way together.
BATCH = 100
# An outcome is known so many rows after the answer.
DELAY = 300


@dataclass
class InProcess:
    """The service's own steps without HTTP: refuse by name, answer, keep, learn."""

    model: Model
    outcomes: Outcomes
    asked: deque[str | None] = field(default_factory=deque)

    def ask(self, rows: Sequence[dict[str, Any]]) -> list[str | None]:
        """The id of each answer; None where the row is refused."""
        faults = [self.model.check(row) for row in rows]
        self.asked += [each[0].field if each else None for each in faults]
        good = [row for row, fault in zip(rows, faults, strict=True) if not fault]
        answers = iter(self.answered(good))
        return [None if fault else next(answers) for fault in faults]

    def answered(self, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Answer rows that the model accepts, and keep what was said."""
        at, version = time.time(), self.model.manifest.version
        kept = [
            Captured(
                uuid.uuid4().hex, version, "champion", at, row, said.probability, said.decision
            )
            for row, said in zip(rows, self.model.predict(rows), strict=True)
        ]
        if kept:
            self.outcomes.keep(kept)
        return [each.id for each in kept]

    def tell(self, outcomes: dict[str, dict[str, Any]]) -> None:
        """How answers turned out, by their ids."""
        self.outcomes.learn(outcomes)

    def latest(self, window: int) -> Asked:
        """What was sent and refused lately."""
        lately = list(self.asked)[-window:]
        fields = Counter(name for name in lately if name is not None)
        return Asked(len(lately), fields.total(), fields)


def played(replay: Replay, service: InProcess) -> Iterator[int]:
    """Send the rows in batches, tell outcomes when they are due, and say how many were sent."""
    due: deque[tuple[str | None, dict[str, Any]]] = deque()
    rows, outcomes = replay.rows(), replay.outcomes()
    for start in range(0, len(rows), BATCH):
        part = slice(start, start + BATCH)
        due += zip(service.ask(rows[part]), outcomes[part], strict=True)
        known = [due.popleft() for _ in range(max(len(due) - DELAY, 0))]
        if told := {name: outcome for name, outcome in known if name is not None}:
            service.tell(told)
        yield min(start + BATCH, len(rows))
