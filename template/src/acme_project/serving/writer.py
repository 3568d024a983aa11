"""What the service hears, written down by one thread; an answer goes out when it is on disk."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ..artifact import Model, Prediction
from ..errors import Stop
from ..outcomes import Captured, Learnt, Outcome, Outcomes, Role, reason
from ..signature import Row

# How long an answer waits for its commit; later than that it goes out unrecorded.
PATIENCE = 2.0
FAULTS = (SQLAlchemyError, Stop, TimeoutError)
LOG = logging.getLogger(__name__)

Result = TypeVar("Result")


class Writer:
    """The database behind *address*, which may fill up, hang or be away while predictions go on.

    Whatever waits at the same time shares one commit. It belongs to one event loop.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.captured = self.learnt = self.failures = 0
        self.working = True
        self._outcomes: Outcomes | None = None
        self._thread = ThreadPoolExecutor(1, "writer")
        self._waiting: list[tuple[Sequence[Captured], asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._stuck: Future[Any] | None = None

    async def keep(self, answers: Sequence[Captured]) -> bool:
        """Whether *answers* are on disk now: all of them, or none."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((answers, written))
        if len(self._waiting) == 1 and (self._committing is None or self._committing.done()):
            self._committing = asyncio.create_task(self._commit())
        return await written

    async def learn(self, outcomes: Mapping[str, Outcome]) -> Learnt | None:
        """What `Outcomes.learn` says; None when the outcomes could not be written."""
        try:
            learnt = await self._done(lambda database: database.learn(outcomes))
        except FAULTS as error:
            self._failed(error)
            return None
        self._succeeded()
        self.learnt += learnt.new
        return learnt

    def open(self) -> str:
        """Open the database at once; why that failed, or nothing. The next write tries again."""
        try:
            self._thread.submit(self._with, lambda _: None).result()
        except FAULTS as error:
            self._failed(error)
            return error.why if isinstance(error, Stop) else reason(error)
        return ""

    def close(self) -> None:
        """Finish what is being written, and let go of the database."""
        self._thread.shutdown()
        if self._outcomes:
            self._outcomes.close()

    async def _commit(self) -> None:
        while self._waiting:
            # Whose answers are ready goes first; whoever asks meanwhile is in the same commit.
            await asyncio.sleep(0)
            group, self._waiting = self._waiting, []
            answers = [each for some, _ in group for each in some]
            kept = True
            try:
                await self._done(lambda database, rows=answers: database.keep(rows))
            except FAULTS as error:
                self._failed(error)
                kept = False
            else:
                self._succeeded()
                self.captured += len(answers)
            for _, written in group:
                if not written.done():
                    written.set_result(kept)

    async def _done(self, work: Callable[[Outcomes], Result]) -> Result:
        """The result of *work* in the thread, unless it takes too long."""
        if self._stuck and not self._stuck.done():
            raise TimeoutError
        begun: Future[Any] = self._thread.submit(self._with, work)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(begun), PATIENCE)
        except TimeoutError:
            self._stuck = begun
            raise

    def _with(self, work: Callable[[Outcomes], Result]) -> Result:
        if self._outcomes is None:
            self._outcomes = Outcomes(self.address)
        return work(self._outcomes)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if self.working:
            LOG.error("nothing is captured", extra={"fields": {"reason": reason(error)}})
        self.working = False

    def _succeeded(self) -> None:
        if not self.working:
            LOG.warning("captures again")
        self.working = True


def answered(
    model: Model, role: Role, rows: Sequence[Row], predictions: Sequence[Prediction]
) -> list[Captured]:
    """What there is to remember of each answer."""
    now = time.time()
    return [
        Captured(
            f"{int(now * 1000):012x}{os.urandom(10).hex()}",
            model.manifest.version,
            role,
            now,
            row,
            prediction.probability,
            prediction.decision,
        )
        for row, prediction in zip(rows, predictions, strict=True)
    ]


async def shadowed(shadow: Model, heard: Sequence[Captured], writer: Writer) -> None:
    """Write down what the *shadow* would have said, under the ids of the answers that were."""
    taken = [each for each in heard if not shadow.check(each.row)]
    try:
        answers = await asyncio.to_thread(shadow.predict, [each.row for each in taken])
    except Stop:
        return
    await writer.keep(
        [
            replace(
                each,
                model=shadow.manifest.version,
                role="shadow",
                probability=answer.probability,
                decision=answer.decision,
            )
            for each, answer in zip(taken, answers, strict=True)
        ]
    )
