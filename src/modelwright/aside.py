"""Work done side by side in processes of its own, which may not take all of the machine."""

from __future__ import annotations

import atexit
import os
import pickle  # nosec B403
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from .core.errors import Stop
from .guard import Limits

T = TypeVar("T")
_ahead: list[_Ahead] = []


def begin(prepare: Callable[[], object]) -> None:
    """Let a process *prepare* itself for works to come, while this one goes on."""
    if hasattr(os, "fork") and not _ahead:
        _ahead.append(_Ahead(prepare))


def side_by_side(
    works: Sequence[Callable[[], T]], limits: Limits, prepare: Callable[[], object]
) -> list[T]:
    """Return what each of *works* returns; one that fails ends the others.

    Where a process has begun to *prepare* itself, it is the one that divides for them.

    Raises:
        Stop: one of them stopped, or went beyond *limits*.

    """
    if _ahead:
        with suppress(EOFError, BrokenPipeError):  # what ended it will end us, and say why
            return _ahead[0].side_by_side(works, limits)
        _ahead.clear()
    prepare()
    if not hasattr(os, "fork"):
        return [work() for work in works]
    children = [Child(work, limits) for work in works]
    try:
        return [child.result() for child in children]
    finally:
        for child in children:
            child.end()


class _Ahead:
    """A process that does works as they come, each in a process of its own."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        asked, ask = os.pipe()
        told, tell = os.pipe()
        self._process = _forked(partial(_serve, prepare, (ask, told), (asked, tell)))
        os.close(asked)
        os.close(tell)
        self._ask, self._told = os.fdopen(ask, "wb"), os.fdopen(told, "rb")
        atexit.register(self._end, os.getpid())

    def side_by_side(self, works: Sequence[Callable[[], T]], limits: Limits) -> list[T]:
        pickle.dump((works, limits), self._ask)
        self._ask.flush()
        return _unpacked(pickle.load(self._told))  # noqa: S301 # nosec B301 - our own child wrote it

    def _end(self, parent: int) -> None:
        if os.getpid() == parent:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


class Child:
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
        self.pipe, write = os.pipe()
        live = partial(_live, work, (self.pipe, write), limits)
        self._process = _forked(partial(_apart, live) if self._apart else live)
        os.close(write)

    def hear(self) -> bool:
        """Take in what it says; return whether it may say more."""
        heard = os.read(self.pipe, 1 << 16)
        self._said += heard
        return bool(heard)

    def result(self) -> Any:
        """Return what the work returned, or raise what stopped it."""
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
        return _unpacked(pickle.loads(self._said))  # noqa: S301 # nosec B301 - our own child wrote it

    def end(self) -> None:
        """End it, and all that it started where it leads a group."""
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


def _forked(live: Callable[[], object]) -> int:
    """Return the process that is born to *live*, and leaves without a trace of its clean-up."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.dup2(2, 1)  # stdout holds one result, which is the parent's
        live()
        code = 0
    finally:
        os._exit(code)


def _serve(prepare: Callable[[], object], parents: tuple[int, int], ours: tuple[int, int]) -> None:
    """Be the process ahead, for as long as its parent may have works."""
    for end in parents:
        os.close(end)
    with os.fdopen(ours[0], "rb") as asked, os.fdopen(ours[1], "wb") as tell:
        prepare()
        while True:
            try:
                works, limits = pickle.load(asked)  # noqa: S301 # nosec B301 - our own parent wrote it
            except (EOFError, KeyboardInterrupt):
                return
            pickle.dump(_attempt(partial(side_by_side, works, limits, prepare), limits), tell)
            tell.flush()


def _apart(live: Callable[[], object]) -> None:
    """Lead a group of processes, and know nothing of the parent's."""
    os.setsid()
    _ahead.clear()
    live()


def _live(work: Callable[[], object], ends: tuple[int, int], limits: Limits) -> None:
    """Be the child: work, and tell the parent."""
    read, write = ends
    os.close(read)
    limits.impose()
    said = pickle.dumps(_attempt(work, limits))
    with os.fdopen(write, "wb") as pipe:
        pipe.write(said)


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


def _unpacked(found: Any) -> Any:
    """Return what a process did, or raise what stopped it."""
    if isinstance(found, BaseException):
        raise found
    return found[0]
