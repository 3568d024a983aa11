"""Copier's own template and worker, for ours and for what a new folder never needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from copier import _main as copier
from copier._jinja_ext import SandboxedEnvironment
from copier._template import Template
from copier._types import Phase

from .. import builtin
from ..core.errors import Stop
from ..core.lineage import Source


class BuiltIn(Template):
    """The template that ships with the tool, which needs no git to be read."""

    def __init__(self) -> None:
        super().__init__(url=Source().url)

    @cached_property
    def vcs(self) -> Literal["git"] | None:
        return None

    @cached_property
    def local_abspath(self) -> Path:
        return builtin.folder()

    @cached_property
    def commit(self) -> str | None:
        return builtin.version()


class Worker(copier.Worker):
    """Copier's worker without what a rendering into a new, private folder never needs.

    Copier gathers all answers anew for each part of each path, though none changes any more,
    and asks git after each file, though a new folder has no index.
    """

    @cached_property
    def answers_relpath(self) -> Path:
        with Phase.use(Phase.UNDEFINED):  # Copier blanks a part of the context that it asks for
            return super().answers_relpath

    @cached_property
    def _final_context(self) -> Mapping[str, Any]:
        return super()._render_context()

    def _render_context(self) -> dict[str, Any]:
        if Phase.current() is Phase.RENDER:
            return dict(self._final_context)
        return dict(super()._render_context())

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing."""


def compiling_once(worker: Worker) -> SandboxedEnvironment:
    """Return *worker*'s environment, which remembers strings: paths share most of their parts."""
    try:
        environment = worker.jinja_env
    except (ImportError, AttributeError) as error:
        raise Stop(
            f"a Jinja extension of the template is missing: {error}",
            fix="install it beside modelwright",
        ) from error
    remembered = lru_cache(maxsize=None)(environment.from_string)
    environment.from_string = remembered  # ty: ignore[invalid-assignment]
    return environment
