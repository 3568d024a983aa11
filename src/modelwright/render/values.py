"""What the rest of the tool knows of a template; nothing here imports Copier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..core.replay import Replay

if TYPE_CHECKING:
    from pathspec import PathSpec

Stage = Literal["before", "after"]
STAGES: tuple[Stage, ...] = ("before", "after")


def _nothing(_: str) -> None:
    """Read none of a project's files."""


@dataclass(frozen=True)
class Recorded:
    """What a project recorded when it was rendered before, and in which file.

    `read` reads other committed files of the project's; without `runs` no task will run.
    `replay` is what was recorded by cruft or cookiecutter.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    file: str = ".copier-answers.yml"
    read: Callable[[str], str | None] = _nothing
    runs: bool = True
    replay: Replay | None = None


@dataclass(frozen=True)
class Question:
    """One question of a template, as a person meets it.

    `complain` takes what was typed and says what is wrong with it, or nothing.
    """

    name: str
    reason: str
    default: Any
    choices: tuple[tuple[str, Any], ...]
    multiple: bool
    secret: bool
    complain: Callable[[Any], str]


@dataclass(frozen=True)
class Paths:
    """Paths by patterns as in .gitignore, which is how Copier reads them."""

    patterns: tuple[str, ...] = ()

    def match(self, path: str) -> bool:
        """Say whether a pattern matches *path*."""
        return bool(self.patterns) and self._spec.match_file(path)

    @cached_property
    def _spec(self) -> PathSpec:
        from pathspec import PathSpec  # noqa: PLC0415 - few templates have patterns to match

        return PathSpec.from_lines("gitignore", self.patterns)

    def __sub__(self, other: Paths) -> Paths:
        return Paths(tuple(each for each in self.patterns if each not in other.patterns))
