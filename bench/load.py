"""The generated service under load, beside its web stack alone; and at three times its best."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus

from measure import Command, Place, Running, Spread
from service import Silent, example, free_port, until_ready

# Enough that some are answered while the disk takes what others were answered.
CONNECTIONS = 32
SECONDS = 4
ROUNDS = 5
OVERLOAD = 3
CROWD = 512
HANGS_SECONDS = 10
# FastAPI and uvicorn as the service has them, with nothing to do.
CONSTANT = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
answer = {"id": "0f" * 16, "probability": 0.4142135623730951, "decision": True}
@app.post("/predict")
async def predict() -> dict:
    return {"model": "constant", "predictions": [answer]}
@app.get("/ready")
async def ready() -> dict:
    return {"ready": True}
uvicorn.run(app, port=int(sys.argv[1]), http="h11", ws="none", log_config=None, access_log=False)
"""


@dataclass
class Answers:
    """What callers heard: seconds of each answer by status, and how many heard nothing."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    silent: int = 0
    took: float = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.seconds.setdefault(status, []).append(seconds)

    @property
    def counts(self) -> Counter[int]:
        """How many answers there were of each status."""
        return Counter({status: len(times) for status, times in self.seconds.items()})

    @property
    def rate(self) -> float:
        """Predictions a second."""
        return self.counts[HTTPStatus.OK] / self.took

    def percentile(self, percent: int) -> float:
        """Seconds within which *percent* of the predictions were there."""
        return statistics.quantiles(self.seconds[HTTPStatus.OK], n=100)[percent - 1]


class Caller(asyncio.Protocol):
    """One connection that is kept alive and has one request under way at most."""

    def __init__(self) -> None:
        self.head = re.compile(rb"HTTP/1.1 (\d+) .*?content-length: (\d+)\r\n.*?\r\n\r\n", re.S)
        self.heard = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready to ask."""
        self.transport = transport  # ty: ignore[invalid-assignment]

    def data_received(self, data: bytes) -> None:
        """Take an answer as soon as all of it is there."""
        self.heard += data
        found = self.head.match(self.heard)
        if found and len(self.heard) >= found.end() + int(found[2]):
            self.heard = b""
            if self.answer and not self.answer.done():
                self.answer.set_result(int(found[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits, waits no more."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> int:
        """Return the status of the answer."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


def request(body: bytes) -> bytes:
    """Return a request with this body, as bytes on the wire."""
    head = f"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    return f"{head}content-type: application/json\r\n\r\n".encode() + body


async def connected(port: int) -> Caller:
    """Return a new connection."""
    _, caller = await asyncio.get_running_loop().create_connection(Caller, "127.0.0.1", port)
    return caller


async def steadily(port: int, wire: bytes, seconds: float) -> Answers:
    """Ask over CONNECTIONS, each the next thing as soon as it is answered."""
    answers, end = Answers(), time.perf_counter() + seconds

    async def call() -> None:
        caller = await connected(port)
        while (began := time.perf_counter()) < end:
            answers.add(await caller.ask(wire), time.perf_counter() - began)
        caller.transport.close()

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(CONNECTIONS)))
    answers.took = time.perf_counter() - began
    return answers


async def relentlessly(port: int, wire: bytes, rate: float, seconds: float) -> Answers:
    """Ask *rate* times a second, whether or not the answers come, over a crowd of connections."""
    answers, idle = Answers(), asyncio.Queue[Caller]()
    for _ in range(CROWD):
        idle.put_nowait(await connected(port))
    began, calls = time.perf_counter(), set[asyncio.Task[None]]()

    async def call(due: float) -> None:
        caller = await idle.get()
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                status = await caller.ask(wire)
            answers.add(status, time.perf_counter() - due)
        except (TimeoutError, OSError):
            answers.silent += 1
            caller = await connected(port)
        idle.put_nowait(caller)

    for number in range(int(rate * seconds)):
        due = began + number / rate
        while time.perf_counter() < due:
            await asyncio.sleep(0.0005)
        calls.add(asyncio.create_task(call(due)))
    await asyncio.gather(*calls)
    answers.took = time.perf_counter() - began
    while not idle.empty():
        idle.get_nowait().transport.close()
    return answers


@dataclass(frozen=True)
class Load:
    """What callers heard, round by round, of constant and service; and of three times too much."""

    constant: tuple[Answers, ...]
    service: tuple[Answers, ...]
    overload: Answers
    asked: float
    memory: int

    @property
    def share(self) -> Spread:
        """The service's rate as a share of the constant's, round by round."""
        pairs = zip(self.service, self.constant, strict=True)
        return Spread.of(ours.rate / ceiling.rate for ours, ceiling in pairs)


def load(project: Place) -> Load | Silent:
    """Put the service of *project* and the constant under load in turn, then the service alone.

    Each server has the first core for itself, and the callers the last.
    """
    cores = sorted(os.sched_getaffinity(0))
    pinned = ["taskset", "--cpu-list", str(cores[0])]
    ours, theirs = free_port(), free_port()
    service: Command = [*pinned, ".venv/bin/churn", "serve", "--port", str(ours)]
    constant: Command = [*pinned, ".venv/bin/python", "-c", CONSTANT, str(theirs)]
    os.sched_setaffinity(0, {cores[-1]})
    try:
        wire = request(example(project.folder / "models"))
        with Running(constant, project) as ceiling, Running(service, project) as server:
            until_ready(ceiling, theirs)
            until_ready(server, ours)
            rounds = [
                [asyncio.run(steadily(port, wire, SECONDS)) for port in (theirs, ours)]
                for _ in range(ROUNDS)
            ]
            ceilings, found = zip(*rounds, strict=True)
            rate = OVERLOAD * max(each.rate for each in found)
            overload = asyncio.run(relentlessly(ours, wire, rate, SECONDS))
            server.terminate()
            cost = server.wait()
    except (OSError, ValueError, TimeoutError) as error:
        return Silent(f"{type(error).__name__}: {error}")
    finally:
        os.sched_setaffinity(0, cores)
    return Load(tuple(ceilings), tuple(found), overload, rate, cost.memory)
