"""What a run over a fleet has done, on disk before the next repository is begun."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from .. import git
from ..core.errors import Stop
from .steps import Step

_END = "end"


@dataclass(frozen=True)
class Journal:
    """The run that goes on, and what had gone well when it was interrupted, by address."""

    done: dict[str, Step]
    _file: IO[str]

    def note(self, step: Step) -> None:
        """Write down what became of a repository, so that it is on disk."""
        _write(self._file, asdict(step))


def failed(fleet: Path) -> set[str]:
    """Return the addresses that the last run did not bring through."""
    return {step.address for step in _read(_place(fleet))[1] if step.bad}


@contextmanager
def begun(fleet: Path, wish: object) -> Generator[Journal]:
    """Begin a run that does as *wish* says, or go on with one that was interrupted.

    Raises:
        Stop: another process runs over the same fleet.

    """
    place = _place(fleet)
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{place}.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise Stop(f"`{fleet}` is being updated", fix="wait until it is done") from None
    try:
        head, steps, ended = _read(place)
        goes_on = head == repr(wish) and not ended
        with place.open("a" if goes_on else "w", encoding="utf-8") as file:
            if goes_on:
                file.truncate(len(_whole(place).encode()))
            else:
                _write(file, repr(wish))
            done = {step.address: step for step in steps if goes_on and not step.bad}
            yield Journal(done, file)
            _write(file, _END)
    finally:
        lock.release()


def _place(fleet: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(fleet.resolve())).hexdigest()
    return git.cache() / "fleet" / f"{digest}.jsonl"


def _read(place: Path) -> tuple[str, list[Step], bool]:
    """Return what was wished, what was done, and whether it came to its end."""
    try:
        found = [json.loads(line) for line in _whole(place).splitlines()]
    except ValueError:  # it is none of ours
        found = []
    steps = [Step.of(each) for each in found if isinstance(each, dict)]
    head = found[0] if found and isinstance(found[0], str) else ""
    return head, steps, found[-1:] == [_END]


def _whole(place: Path) -> str:
    """Return the lines of the journal, without a last one that a kill or a full disk tore."""
    text = place.read_text("utf-8") if place.exists() else ""
    return text[: text.rfind("\n") + 1]


def _write(file: IO[str], value: object) -> None:
    file.write(json.dumps(value) + "\n")
    file.flush()
    os.fsync(file.fileno())
