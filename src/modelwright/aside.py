"""Work done side by side in processes of its own, which may not take all of the machine."""

from __future__ import annotations

import io
import os
import pickle  # nosec B403
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, TypeVar

from .core.errors import Stop
from .guard import Limits

T = TypeVar("T")
Say = Callable[[object], None]


@dataclass(frozen=True)
class Said:
    """What a child knows before it is done."""

    known: object


class Cut(Stop):
    """What stopped a child that had said something: *known* is what it said last."""

    def __init__(self, stop: Stop, known: Any) -> None:
        super().__init__(stop.what, why=stop.why, fix=stop.fix)
        self.known = known


def side_by_side(works: Sequence[Callable[[], T]], limits: Limits) -> list[T]:
    """Return what each of *works* returns; one that fails ends the others.

    Raises:
        Stop: one of them stopped, or went beyond *limits*.
        OSError: one of them could not read or write.

    """
    if not hasattr(os, "fork"):
        return [work() for work in works]
    children = [Child(partial(_silent, work), limits) for work in works]
    try:
        return [child.result() for child in children]
    finally:
        for child in children:
            child.end()


def _silent(work: Callable[[], T], _: Say) -> T:
    return work()


class Child:
    """A process that does one piece of work; *until* where it leads a group that can be ended."""

    def __init__(
        self, work: Callable[[Say], object], limits: Limits, until: float | None = None
    ) -> None:
        self._limits = limits
        self._ended = False
        self._said = bytearray()
        self._apart = until is not None
        self.until = until or 0.0
        self.late = ""
        self.pipe, write = os.pipe()
        alive, self._alive = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            os.close(self.pipe)
            os.close(self._alive)
            threading.Thread(target=_die_with, args=(alive,), daemon=True).start()
            if self._apart:
                os.setsid()
            _live(work, write, limits)
        os.close(write)
        os.close(alive)

    def hear(self) -> bool:
        """Take in what it says; return whether it may say more."""
        heard = os.read(self.pipe, 1 << 16)
        self._said += heard
        return bool(heard)

    def result(self) -> Any:
        """Return what the work returned, or raise what stopped it."""
        if self.late:
            self.end()
            raise self._cut(Stop(self.late, fix="look at the repository, or allow more time"))
        while self.hear():
            pass
        _, status = os.waitpid(self._process, 0)
        self._ended = True
        os.close(self._alive)
        os.close(self.pipe)
        *_, found = [None, *self._heard()]
        match found:
            case (result,):
                return result
            case Stop():
                raise self._cut(found)
            case BaseException():
                raise found
        raise self._cut(self._stopped(os.waitstatus_to_exitcode(status)))

    def end(self) -> None:
        """End it, and all that it started where it leads a group."""
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
                if self._apart:
                    os.killpg(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._ended = True
            for pipe in (self._alive, self.pipe):
                with suppress(OSError):
                    os.close(pipe)

    def _heard(self) -> list[object]:
        """Return all that it said to the end."""
        stream, found = io.BytesIO(self._said), list[object]()
        with suppress(EOFError, pickle.UnpicklingError):
            while True:
                found.append(pickle.load(stream))  # noqa: S301 # nosec B301 - our own child's
        return found

    def _cut(self, stop: Stop) -> Stop:
        said = [each.known for each in self._heard() if isinstance(each, Said)]
        return Cut(stop, said[-1]) if said else stop

    def _stopped(self, code: int) -> Stop:
        if code in {-signal.SIGXCPU, -signal.SIGKILL}:
            return Stop(
                f"{self._limits.about} took more than {self._limits.seconds} s of CPU",
                why="something in it may loop for ever",
                fix="set MODELWRIGHT_RENDER_SECONDS to more, if it is meant to",
            )
        return Stop(f"{self._limits.about} ended with code {code}", fix="repeat it")


def _die_with(alive: int) -> None:
    """End this process once its parent is gone, whose place nobody else may write to then."""
    os.read(alive, 1)
    os._exit(1)


def _live(work: Callable[[Say], object], write: int, limits: Limits) -> None:
    """Be the child: work, tell the parent, and leave without a trace of its clean-up."""
    code = 1
    try:
        limits.impose()
        os.dup2(2, 1)  # stdout holds one result, which is the parent's
        with os.fdopen(write, "wb") as pipe:
            _tell(pipe, _attempt(lambda known: _tell(pipe, Said(known)), work, limits))
        code = 0
    finally:
        os._exit(code)


def _tell(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value))
    pipe.flush()


def _attempt(say: Say, work: Callable[[Say], object], limits: Limits) -> object:
    try:
        return (work(say),)
    except Stop as stop:
        return stop
    except KeyboardInterrupt:
        return KeyboardInterrupt()
    except MemoryError:
        return Stop(
            f"{limits.about} takes more than {limits.memory // 10**6} MB of memory",
            fix="set MODELWRIGHT_RENDER_MEGABYTES to more, if it is meant to",
        )
    except OSError as error:
        return error
    except Exception:  # noqa: BLE001 - the parent reports it
        return RuntimeError(traceback.format_exc())
