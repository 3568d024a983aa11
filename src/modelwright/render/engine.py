"""Copier's own template and worker, for ours and for what a new folder never needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import yaml
from copier import _main as copier
from copier._template import Template
from copier._types import LazyDict, Phase
from packaging.version import Version

from .. import builtin
from ..core.errors import Stop
from ..core.lineage import Source, without_credentials
from ..git.templates import Origin, Release, parsed
from .entropy import Entropy
from .environment import forget_loop

# Copier looks for git after each file that it renders.
copier.is_git_available = cache(copier.is_git_available)  # ty: ignore[invalid-assignment]


class BuiltIn(Template):
    """The template that ships with the tool, which needs no git to be read."""

    def __init__(self, version: str, folder: Path) -> None:
        super().__init__(url=Source().url)
        self._release = Release(version, "", folder)

    @cached_property
    def vcs(self) -> Literal["git"] | None:
        return None

    @cached_property
    def local_abspath(self) -> Path:
        return self._release.folder

    @cached_property
    def commit(self) -> str | None:
        return self._release.name


class Fetched(Template):
    """A template that git keeps, of which we have the files of one version."""

    def __init__(self, url: str, ref: str | None, release: Release) -> None:
        super().__init__(url=without_credentials(url), ref=ref)
        self._release = release

    @cached_property
    def vcs(self) -> Literal["git"] | None:
        return "git"

    @cached_property
    def local_abspath(self) -> Path:
        return self._release.folder

    @cached_property
    def commit(self) -> str | None:
        return self._release.name

    @cached_property
    def commit_hash(self) -> str | None:
        return self._release.commit

    @cached_property
    def version(self) -> Version | None:
        return parsed(self._release.name)

    @cached_property
    def git_index_modes(self) -> Mapping[PurePosixPath, int]:
        return {}  # the files have their modes


def template_of(source: Source, repository: Origin | None, into: Path) -> Template:
    """Return the template at *source*, its files below the new folder *into* if git keeps them.

    Of a clone without versions, Copier takes what is not committed too.
    """
    if source.built_in:
        return _built_in(source.ref or builtin.version(), into)
    ref = source.ref or (repository.latest if repository else "") or "HEAD"
    if repository is None or (repository.near and ref == "HEAD"):
        return Template(source.url, source.ref)
    commit, name = repository.resolve(ref)
    folder = repository.files(commit, into)
    if (folder / ".gitmodules").exists():
        return Template(source.url, commit)
    return Fetched(source.url, source.ref, Release(name, commit, folder))


def _built_in(version: str, into: Path) -> BuiltIn:
    if version == builtin.version():
        return BuiltIn(version, builtin.folder())
    try:
        builtin.unpack(version, into)
    except KeyError:
        carried = ", ".join([*builtin.releases(), builtin.version()])
        raise Stop(
            f"this modelwright does not carry version {version} of its template",
            why=f"it carries {carried}",
            fix="install a newer modelwright, or name one of these with --to",
        ) from None
    return BuiltIn(version, into)


class Worker(copier.Worker):
    """Copier's worker without what a rendering into a new, private folder never needs.

    Copier gathers all answers anew for each part of each path, though none changes any more,
    and asks git after each file, though a new folder has no index.
    """

    def render(self) -> None:
        """Render all files, and run nothing."""
        self._check_unsafe("copy")
        with Phase.use(Phase.PROMPT):
            self._ask()
        with Phase.use(Phase.RENDER):
            self._render_template()

    def _external_data(self) -> LazyDict[str, Any]:
        """Read other answers files of a project from what it has committed."""
        reading = self.__dict__.get("reading")
        if reading is None:
            return super()._external_data()

        def load(path: str) -> Any:
            return yaml.safe_load(reading(self._render_string(path)) or "") or {}

        files = self.template.external_data.items()
        return LazyDict({name: lambda path=path: load(path) for name, path in files})

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

    def _render_file(
        self,
        src_relpath: Path,
        dst_relpath: Path,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        if isinstance(os.urandom, Entropy):
            os.urandom.start(dst_relpath.as_posix())
        forget_loop(self.jinja_env)
        super()._render_file(src_relpath, dst_relpath, extra_context)

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing."""
