"""What a command costs as a whole process, its children included."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LIMIT_SECONDS = 900
Command = Sequence[str | Path]


@dataclass(frozen=True)
class Place:
    """Where commands run: a folder, and the environment that they see."""

    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of CPU, peak bytes of the largest process, and why it failed."""

    wall: float
    cpu: float
    memory: int
    failure: str = ""


@dataclass(frozen=True)
class Series:
    """The costs of one command, run again and again in new folders, and the files it left."""

    costs: tuple[Cost, ...]
    files: int

    @property
    def failure(self) -> str:
        """Why a run failed, empty when none did."""
        return next((cost.failure for cost in self.costs if cost.failure), "")


@dataclass(frozen=True)
class Spread:
    """The median of some values, with the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Summarise at least one value."""
        found = list(values)
        return cls(statistics.median(found), min(found), max(found))


class Running:
    """A process started by us, which a `with` block ends together with its children."""

    def __init__(self, command: Command, place: Place) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=place.folder,
            env=dict(place.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,  # nobody to prompt, and one group to end
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._kill()
            self._process.wait()
        self._said.close()

    def seconds(self) -> float:
        """Return how long ago it was started."""
        return time.perf_counter() - self._began

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def wait(self) -> Cost:
        """Wait for its end, which comes by force when it takes far too long."""
        watchdog = threading.Timer(LIMIT_SECONDS, self._kill)
        watchdog.start()
        try:
            _, status, used = os.wait4(self._process.pid, 0)
        finally:
            watchdog.cancel()
        wall = self.seconds()
        self._process.returncode = code = os.waitstatus_to_exitcode(status)
        failure = f"exit {code}: {self._last_words()}" if code else ""
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, failure)

    def _kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        return " / ".join([line.strip() for line in lines if line.strip()][-3:])


def once(command: Command, place: Place) -> Cost:
    """Run *command* to its end."""
    try:
        with Running(command, place) as running:
            return running.wait()
    except OSError as error:
        return Cost(0, 0, 0, f"did not start: {error.strerror}")


def in_turn(commands: Mapping[str, Command], repeats: int, place: Place) -> dict[str, Series]:
    """Run the commands A B A B, each time in a new folder below *place*.

    A first round fills caches and doesn't count; who fails there is not run again.
    """
    first = {name: _afresh(command, place) for name, command in commands.items()}
    costs = {name: [cost] if cost.failure else [] for name, (cost, _) in first.items()}
    for _ in range(repeats):
        for name, command in commands.items():
            if not first[name][0].failure:
                costs[name].append(_afresh(command, place)[0])
    return {name: Series(tuple(costs[name]), files) for name, (_, files) in first.items()}


def ratios(one: Series, other: Series) -> Spread:
    """Return the wall time of *one* divided by the *other*'s, pair by pair."""
    pairs = zip(one.costs, other.costs, strict=True)
    return Spread.of(a.wall / b.wall for a, b in pairs)


def floor() -> int:
    """Return the bytes below which a child's peak can't be seen: the kernel counts from ours."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _afresh(command: Command, place: Place) -> tuple[Cost, int]:
    folder = Path(tempfile.mkdtemp(dir=place.folder))
    try:
        cost = once(command, Place(folder, place.environment))
        found = (path for path in folder.rglob("*") if path.is_file())
        return cost, sum(".git" not in path.parts for path in found)
    finally:
        shutil.rmtree(folder)
