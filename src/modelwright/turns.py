"""Much work in few processes at a time, each with its own end."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import TypeVar

from .aside import Child, Say
from .core.errors import Stop, room
from .guard import Limits

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def by_turns(
    works: Iterable[tuple[K, Callable[[Say], T]]], limits: Limits, jobs: int, patience: float
) -> Generator[tuple[K, T | Stop]]:
    """Yield what each of *works* returned, or what stopped it, as they end, *jobs* at a time.

    One that takes more than *patience* seconds is ended with all that it started; what it had
    said before it was stopped is not lost, but comes with the reason, as a `Cut`.
    """
    if not hasattr(os, "fork"):
        yield from ((key, _tried(partial(work, lambda _: None))) for key, work in works)
        return
    left, running = iter(works), dict[K, Child]()
    try:
        while True:
            for key, work in islice(left, jobs - len(running)):
                running[key] = Child(work, limits, until=time.monotonic() + patience)
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
        with room():
            return work()
    except Stop as stop:
        return stop
    except RuntimeError as bug:  # a traceback that a child sent
        return Stop(
            f"a fault of modelwright: {str(bug).strip().splitlines()[-1]}",
            fix="report it, with the name of the repository if you may",
        )


def _ended(running: Mapping[K, Child], patience: float) -> list[K]:
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
