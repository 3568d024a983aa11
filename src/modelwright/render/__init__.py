"""The only door to Copier and Jinja, which are imported when the first template is opened."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from ..core.lineage import Source
from ..git.templates import Origin
from .deferred import deferred
from .entropy import Entropy
from .values import Paths, Question, Recorded, Stage

if TYPE_CHECKING:
    from .rendering import Rendering as Rendering

__all__ = [
    "Paths",
    "Question",
    "Recorded",
    "Stage",
    "begin",
    "draw_from",
    "lay_out",
    "opened",
    "prepare",
    "vet_overlay",
]


# A third of what Copier imports is for the questions that it would ask; ours are asked elsewhere.
_PROMPTS = (
    "prompt_toolkit",
    "prompt_toolkit.lexers",
    "pygments",
    "pygments.lexers",
    "pygments.lexers.data",
    "questionary",
    "questionary.prompts",
    "questionary.prompts.common",
)


_importing: list[Thread] = []


def begin() -> None:
    """Import Copier while git is waited for; `prepare` waits for the rest."""
    if not _importing:
        _importing.append(Thread(target=_import))
        _importing[0].start()


def prepare() -> None:
    """Import Copier, which takes an eighth of a second."""
    for thread in _importing:
        thread.join()  # no process is forked from one that has two
    _import()


def _import() -> None:
    with deferred(*_PROMPTS):
        from . import opening  # noqa: F401, PLC0415


def draw_from(seed: bytes) -> Entropy:
    """Let chance come out alike in every process that draws from *seed*."""
    entropy = Entropy(seed)
    entropy.install()
    return entropy


def opened(
    source: Source,
    dest: Path,
    before: Recorded | None = None,
    repository: Origin | None = None,
) -> AbstractContextManager[Rendering]:
    """Open the template at *source* to render the project *dest*, anew or from what was *before*.

    Raises:
        Stop: the source is unreachable, malformed, or would run code without consent.

    """
    prepare()
    from . import opening  # noqa: PLC0415

    return opening.opened(source, dest, before, repository)


def lay_out(source: str, folder: Path, answers: Mapping[str, Any], into: Path) -> bool:
    """Render an overlay, and say whether it may name the project's folder.

    Raises:
        Stop: it is malformed, or would run code.

    """
    prepare()
    from . import overlay  # noqa: PLC0415

    return overlay.lay_out(source, folder, answers, into)


def vet_overlay(source: str, folder: Path) -> None:
    """Refuse what no overlay may be.

    Raises:
        Stop: it is malformed, or would run code.

    """
    prepare()
    from . import overlay  # noqa: PLC0415

    overlay.vet(source, folder)
