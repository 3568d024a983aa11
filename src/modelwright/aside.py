"""Work done side by side in processes of its own, which may not take all of the machine."""

from __future__ import annotations

import os
import pickle  # nosec B403
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from .core.errors import Stop

try:
    import resource
except ImportError:  # where there is no fork, there are no limits either
    resource = None

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Limits:
    """What one process may take: seconds of CPU, bytes of memory, bytes of one file."""

    seconds: int
    memory: int
    file: int

    @classmethod
    def of_environment(cls) -> Limits:
        """Return the limits, which `MODELWRIGHT_RENDER_SECONDS` and `..._MEGABYTES` raise."""
        seconds = int(os.environ.get("MODELWRIGHT_RENDER_SECONDS") or 120)
        megabytes = int(os.environ.get("MODELWRIGHT_RENDER_MEGABYTES") or 4000)
        return cls(seconds, megabytes * 10**6, megabytes * 10**6)


def side_by_side(works: Sequence[Callable[[], T]], limits: Limits) -> list[T]:
    """Return what each of *works* returns; one that fails ends the others.

    Raises:
        Stop: one of them stopped, or went beyond *limits*.

    """
    if not hasattr(os, "fork"):
        return [work() for work in works]
    children = [_Child(work, limits) for work in works]
    try:
        return [child.result() for child in children]
    finally:
        for child in children:
            child.end()


def by_turns(
    works: Iterable[tuple[K, Callable[[], T]]], limits: Limits, jobs: int, patience: float
) -> Generator[tuple[K, T | Stop]]:
    """Yield what each of *works* returned, or what stopped it, as they end, *jobs* at a time.

    One that takes more than *patience* seconds is ended with all that it started.
    """
    if not hasattr(os, "fork"):
        yield from ((key, _tried(work)) for key, work in works)
        return
    left, running = iter(works), dict[K, _Child]()
    try:
        while True:
            for key, work in islice(left, jobs - len(running)):
                running[key] = _Child(work, limits, until=time.monotonic() + patience)
            if not running:
                return
            for key in _ended(running, patience):
                child = running.pop(key)
                yield key, _tried(child.result)
    finally:
        for child in running.values():
            child.end()


def _tried(work: Callable[[], T]) -> T | Stop:
    try:
        return work()
    except Stop as stop:
        return stop
    except RuntimeError as bug:  # a traceback that a child sent
        return Stop(f"a fault of modelwright: {str(bug).strip().splitlines()[-1]}")


def _ended(running: Mapping[K, _Child], patience: float) -> list[K]:
    """Wait until some children have said all, or have run out of time; return which."""
    by_pipe = {child.pipe: key for key, child in running.items()}
    soonest = min(child.until for child in running.values()) - time.monotonic()
    ready, _, _ = select.select([*by_pipe], [], [], max(soonest, 0))
    ended = [by_pipe[pipe] for pipe in ready if not running[by_pipe[pipe]].hear()]
    for key, child in running.items():
        if key not in ended and child.until <= time.monotonic():
            child.late = f"it took more than {patience:g} s"
            ended.append(key)
    return ended


class _Child:
    """A process that does one piece of work; *until* where it leads a group that can be ended."""

    def __init__(
        self, work: Callable[[], object], limits: Limits, until: float | None = None
    ) -> None:
        self._limits = limits
        self._ended = False
        self._said = bytearray()
        self._apart = until is not None
        self.until = until or 0.0
        self.late = ""
        sys.stdout.flush()
        sys.stderr.flush()
        self.pipe, write = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            if self._apart:
                os.setsid()
            os.close(self.pipe)
            _live(work, write, limits)
        os.close(write)

    def hear(self) -> bool:
        """Take in what it says; return whether it may say more."""
        heard = os.read(self.pipe, 1 << 16)
        self._said += heard
        return bool(heard)

    def result(self) -> Any:
        if self.late:
            self.end()
            raise Stop(self.late, fix="look at the repository, or allow more time")
        while self.hear():
            pass
        _, status = os.waitpid(self._process, 0)
        self._ended = True
        os.close(self.pipe)
        if not self._said:
            raise self._stopped(os.waitstatus_to_exitcode(status))
        found = pickle.loads(self._said)  # noqa: S301 # nosec B301 - our own child wrote it
        if isinstance(found, BaseException):
            raise found
        return found[0]

    def end(self) -> None:
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
                if self._apart:
                    os.killpg(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._ended = True
            with suppress(OSError):
                os.close(self.pipe)

    def _stopped(self, code: int) -> Stop:
        if code in {-signal.SIGXCPU, -signal.SIGKILL}:
            return Stop(
                f"rendering the template took more than {self._limits.seconds} s of CPU",
                why="a template may loop for ever",
                fix="set MODELWRIGHT_RENDER_SECONDS to more, if it is meant to",
            )
        return Stop(f"rendering the template ended with code {code}", fix="repeat it")


def _live(work: Callable[[], object], write: int, limits: Limits) -> None:
    """Be the child: work, tell the parent, and leave without a trace of its clean-up."""
    code = 1
    try:
        if resource:
            resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))
        os.dup2(2, 1)  # stdout holds one result, which is the parent's
        said = pickle.dumps(_attempt(work, limits))
        with os.fdopen(write, "wb") as pipe:
            pipe.write(said)
        code = 0
    finally:
        os._exit(code)


def _attempt(work: Callable[[], object], limits: Limits) -> object:
    try:
        return (work(),)
    except Stop as stop:
        return stop
    except KeyboardInterrupt:
        return KeyboardInterrupt()
    except MemoryError:
        return Stop(
            f"rendering the template takes more than {limits.memory // 10**6} MB of memory",
            fix="set MODELWRIGHT_RENDER_MEGABYTES to more, if it is meant to",
        )
    except OSError as error:
        return Stop(f"cannot render the template: {error}", fix="free some space, or repeat it")
    except Exception:  # noqa: BLE001 - the parent reports it
        return RuntimeError(traceback.format_exc())
