"""What becomes of each repository of a fleet, and the plan that says so beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from ..core.errors import Stop

State = Literal[
    "current", "ready", "updated", "unchanged", "conflict", "red", "moved", "held", "broken"
]
_BAD = {"conflict", "red", "moved", "held", "broken"}


@dataclass(frozen=True)
class Step:
    """What an update does to one repository, or would do.

    `head` is the commit that it starts from, `files` how many change, `request` the address of
    the pull request, and `problem` says why not.
    """

    name: str
    address: str
    state: State
    head: str = ""
    version: str = ""
    to: str = ""
    files: int = 0
    conflicts: tuple[str, ...] = ()
    branch: str = ""
    commit: str = ""
    request: str = ""
    problem: str = ""
    fix: str = ""

    @property
    def bad(self) -> bool:
        """Say whether somebody has to look at it."""
        return self.state in _BAD

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """Return what `asdict` wrote."""
        known: dict[str, Any] = {**found, "conflicts": tuple(found["conflicts"])}
        return cls(**known)


def save(file: Path, steps: Iterable[Step]) -> None:
    """Write a plan for people to read and for `--yes` to follow.

    Raises:
        Stop: it cannot be written.

    """
    text = json.dumps({"repositories": [asdict(step) for step in steps]}, indent=2)
    try:
        file.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise Stop(
            f"cannot write `{file}`: {error.strerror}", fix="name another with --plan"
        ) from None


def planned(file: Path) -> dict[str, Step]:
    """Return a plan by address.

    Raises:
        Stop: it is not there, or is none.

    """
    try:
        found = json.loads(file.read_text("utf-8"))["repositories"]
        return {each["address"]: Step.of(each) for each in found}
    except FileNotFoundError:
        raise Stop(
            f"there is no plan `{file}`",
            why="what will be done is looked at first",
            fix="make one: the same command without --yes",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Stop(f"`{file}` is no plan", why=str(error), fix="make it again") from error
