"""A template fetched and read, ready to be rendered."""

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
from .failures import explained
from .rendering import Rendering
from .values import Recorded


@contextmanager
def opened(
    source: Source,
    dest: Path,
    before: Recorded | None = None,
    repository: Origin | None = None,
) -> Generator[Rendering]:
    """Open the template, as the package's `opened` says."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made, explained(source):
        repository = repository or (None if source.built_in else origin(source.url))
        template = template_of(source, repository, Path(made).resolve() / "template")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CopierWarning)
                yield Rendering(source, dest, template, before)
        finally:
            template._cleanup()
