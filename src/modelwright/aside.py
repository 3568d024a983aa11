"""Work done side by side in processes of its own, which may not take all of the machine."""

from __future__ import annotations

import os
import pickle  # nosec B403
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from .core.errors import Stop
from .guard import Limits

T = TypeVar("T")


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


class _Child:
    def __init__(self, work: Callable[[], object], limits: Limits) -> None:
        self._limits = limits
        self._ended = False
        sys.stdout.flush()
        sys.stderr.flush()
        self._read, write = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._read)
            _live(work, write, limits)
        os.close(write)

    def result(self) -> Any:
        with os.fdopen(self._read, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(self._process, 0)
        self._ended = True
        if not said:
            raise self._stopped(os.waitstatus_to_exitcode(status))
        found = pickle.loads(said)  # noqa: S301 # nosec B301 - our own child wrote it
        if isinstance(found, BaseException):
            raise found
        return found[0]

    def end(self) -> None:
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            with suppress(OSError):
                os.close(self._read)

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
        limits.impose()
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
