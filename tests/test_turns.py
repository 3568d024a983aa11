"""Whatever ends one piece of work, the others are done."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable

import pytest

from modelwright.aside import Cut, Say
from modelwright.core.errors import Stop
from modelwright.guard import Limits
from modelwright.turns import by_turns


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def spoilt() -> None:
    raise ValueError("a bug")


def refused() -> None:
    raise Stop("refused", fix="mend it")


def dead() -> None:
    os._exit(3)


@pytest.mark.parametrize(
    ("work", "what"),
    [
        (full, "cannot read or write: [Errno 28] No space left on device"),
        (spoilt, "a fault of modelwright: ValueError: a bug"),
        (refused, "refused"),
        (dead, "rendering the template ended with code 3"),
        (lambda: time.sleep(60), "it took more than 1 s"),
    ],
)
def test_what_ends_one_is_said_and_stops_no_other(work: Callable[[], object], what: str):
    limits = Limits.of_environment()
    works = [("broken", lambda _: work()), ("fine", lambda _: 7)]
    done = dict(by_turns(works, limits, jobs=1, patience=1))
    assert done["fine"] == 7
    stop = done["broken"]
    assert isinstance(stop, Stop)
    assert (stop.what, bool(stop.fix)) == (what, True)


@pytest.mark.parametrize("end", [refused, dead, lambda: time.sleep(60)])
def test_what_was_said_before_the_end_is_not_lost(end: Callable[[], object]):
    def work(say: Say) -> object:
        say("a little")
        say("more")
        return end()

    [(_, stop)] = by_turns([("cut", work)], Limits.of_environment(), jobs=1, patience=1)
    assert isinstance(stop, Cut)
    assert (stop.known, bool(stop.what), bool(stop.fix)) == ("more", True, True)
