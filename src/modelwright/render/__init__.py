"""The only door to Copier and Jinja; importing it costs half a second, so import it late."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from copier.errors import CopierWarning

from ..core.lineage import Source
from ..git.templates import Origin, origin
from .engine import template_of
from .entropy import Entropy
from .failures import explained
from .questions import Paths, Question
from .rendering import Recorded, Rendering, Stage

__all__ = ["Paths", "Question", "Recorded", "Rendering", "Stage", "draw_from", "opened"]


def draw_from(seed: bytes) -> Entropy:
    """Let chance come out alike in every process that draws from *seed*."""
    entropy = Entropy(seed)
    entropy.install()
    return entropy


@contextmanager
def opened(
    source: Source,
    dest: Path,
    before: Recorded | None = None,
    repository: Origin | None = None,
) -> Generator[Rendering]:
    """Open the template at *source* to render the project *dest*, anew or from what was *before*.

    Raises:
        Stop: the source is unreachable, malformed, or would run code without consent.

    """
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made, explained(source):
        repository = repository or (None if source.built_in else origin(source.url))
        template = template_of(source, repository, Path(made).resolve() / "template")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CopierWarning)
                yield Rendering(source, dest, template, before)
        finally:
            template._cleanup()
