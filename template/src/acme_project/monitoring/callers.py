"""Whoever sends replayed rows: to the model in this process, or to a service over HTTP."""

import http.client
import json
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..artifact import Model
from ..errors import Stop
from ..outcomes import Captured, Outcomes
from .replay import Replay
from .scrape import BEARER_VARIABLE, Asked

# So many rows are on their way together.
BATCH = 100
# An outcome is known so many rows after the answer.
DELAY = 300
SECONDS = 10

Told = dict[str, dict[str, Any]]


class Caller(Protocol):
    """Somebody who asks for predictions, and tells later how they turned out."""

    def ask(self, rows: Sequence[dict[str, Any]]) -> list[str | None]:
        """The id of each answer; None where the row is refused or nobody wrote it down."""
        ...

    def tell(self, outcomes: Told) -> None:
        """How answers turned out, by their ids."""
        ...


@dataclass
class InProcess:
    """The service's own steps without HTTP: refuse by name, answer, keep, learn."""

    model: Model
    outcomes: Outcomes
    refused: deque[str | None] = field(default_factory=deque)

    def ask(self, rows: Sequence[dict[str, Any]]) -> list[str | None]:
        faults = [self.model.check(row) for row in rows]
        self.refused += [each[0].field if each else None for each in faults]
        answered = iter(self.answer([r for r, f in zip(rows, faults, strict=True) if not f]))
        return [None if fault else next(answered) for fault in faults]

    def answer(self, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Answer rows that the model accepts, and keep what was said."""
        at, version = time.time(), self.model.manifest.version
        said = zip(rows, self.model.predict(rows), strict=True)
        kept = [
            Captured(uuid.uuid4().hex, version, "champion", at, row, *(p.probability, p.decision))
            for row, p in said
        ]
        if kept:
            self.outcomes.keep(kept)
        return [each.id for each in kept]

    def tell(self, outcomes: Told) -> None:
        self.outcomes.learn(outcomes)

    def asked(self, window: int) -> Asked:
        """What was sent and refused of the latest rows."""
        lately = list(self.refused)[-window:]
        return Asked(len(lately), Counter(name for name in lately if name is not None))


class OverHttp:
    """A client of the service at *url*, with one request a row."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kinds or not parts.hostname:
            raise Stop(f"{url} is no address of a service", fix="as in http://127.0.0.1:8000")
        self.connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=SECONDS)
        token = os.environ.get(BEARER_VARIABLE, "").strip()
        self.headers = {"content-type": "application/json"}
        self.headers |= {"authorization": f"Bearer {token}"} if token else {}

    def close(self) -> None:
        """Let go of the service."""
        self.connection.close()

    def ask(self, rows: Sequence[dict[str, Any]]) -> list[str | None]:
        answers = [self.post("/predict", {"rows": [row]}) for row in rows]
        return [each["predictions"][0].get("id") if each else None for each in answers]

    def tell(self, outcomes: Told) -> None:
        told = [{"id": name} | outcome for name, outcome in outcomes.items()]
        self.post("/feedback", {"outcomes": told})

    def post(self, path: str, document: object) -> dict[str, Any] | None:
        """The answer; None where the service finds fault with what it was sent.

        Raises:
            Stop: it is silent, closed to us, or broken.
        """
        try:
            self.connection.request("POST", path, json.dumps(document), self.headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status == 422:
                return None
            if answer.status == 200:
                return json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Stop(f"the service does not answer: {error!r}") from error
        raise Stop(f"the service answers {path} with {answer.status}", why=text.decode()[:200])


def played(replay: Replay, caller: Caller) -> Iterator[int]:
    """Send the rows in batches, tell outcomes when they are due, and say how many were sent."""
    due: deque[tuple[str | None, dict[str, Any]]] = deque()
    rows, outcomes = replay.rows(), replay.outcomes()
    for start in range(0, len(rows), BATCH):
        part = slice(start, start + BATCH)
        due += zip(caller.ask(rows[part]), outcomes[part], strict=True)
        known = [due.popleft() for _ in range(max(len(due) - DELAY, 0))]
        if told := {name: outcome for name, outcome in known if name is not None}:
            caller.tell(told)
        yield min(start + BATCH, len(rows))
