"""Where a project comes from: the template's source and version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from . import overlay, replay
from .addresses import without_credentials
from .errors import Stop
from .overlay import Overlay
from .replay import Replay

BUILT_IN = "builtin"


@dataclass(frozen=True)
class Source:
    """A template: the built-in one, or a path or URL at a version.

    `trusted` consents to the code that the template brings (Jinja extensions, tasks).
    """

    url: str = BUILT_IN
    ref: str | None = None
    trusted: bool = False

    @property
    def built_in(self) -> bool:
        """Say whether the template is the one that ships with the tool."""
        return self.url == BUILT_IN

    def __str__(self) -> str:
        return without_credentials(self.url) + (f" at {self.ref}" if self.ref else "")


class Maker(StrEnum):
    """What made a repository, so that its rendering can be repeated; AUTO looks for a record."""

    AUTO = "auto"
    CRUFT = "cruft"
    COOKIECUTTER = "cookiecutter"
    COPIER = "copier"
    NONE = "none"


@dataclass(frozen=True)
class Lineage:
    """What a project records of its template: where it came from, and all answers.

    Where `update` wrote it, also the full commit, the tree that was rendered, and the source
    that somebody consented to. `replay` is what else cruft or cookiecutter recorded,
    and `name` the version's, of which only the commit is recorded. `overlays` were laid on top.
    """

    source: Source
    answers: Mapping[str, Any] = field(default_factory=dict)
    commit: str = ""
    base: str = ""
    consented: str = ""
    replay: Replay | None = None
    name: str = ""
    overlays: tuple[Overlay, ...] = ()

    @classmethod
    def parse(cls, text: str, file: str) -> Lineage:
        """Read an answers *file*.

        Raises:
            Stop: it is no YAML mapping, or names no template.

        """
        found = _loaded(text, file)
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
            raise _unusable(file, "it holds no answers")
        try:
            if replayed := Replay.read(found):
                return cls._of(replayed, file)
            mark = found.get(replay.MARK)
            mark = mark if isinstance(mark, dict) else {}
            overlays = overlay.read(mark.get("overlays"))
        except ValueError as error:
            raise _unusable(file, str(error)) from error
        url, version = found.get("_src_path"), found.get("_commit")
        if not isinstance(url, str) or not url:
            raise _unusable(file, "`_src_path` names no template")
        if not isinstance(version, str) or not version:
            raise _unusable(file, "`_commit` names no version")
        answers = {name: value for name, value in found.items() if not name.startswith("_")}
        commit, base, source = (_word(mark.get(name)) for name in ("commit", "base", "source"))
        return cls(Source(url, version), answers, commit, base, source, overlays=overlays)

    @classmethod
    def _of(cls, found: Replay, file: str) -> Lineage:
        if not _word(found.template):
            raise _unusable(file, "`template` names none")
        version, commit = _word(found.commit or found.checkout), _word(found.commit)
        base, source = (_word(found.mark.get(name)) for name in ("base", "source"))
        url = found.template if found.template != BUILT_IN else f"./{BUILT_IN}"
        overlays = overlay.read(found.mark.get("overlays"))
        return cls(
            Source(url, version), found.answers, commit, base, source, found, overlays=overlays
        )

    @property
    def maker(self) -> Maker:
        """Say which tool recorded it; NONE where no template is known."""
        if self.replay is None:
            return Maker.COPIER if self.source.url else Maker.NONE
        return Maker.CRUFT if self.replay.by_cruft else Maker.COOKIECUTTER

    @property
    def undated(self) -> bool:
        """Say whether no commit is known: cookiecutter records a branch or a tag at most."""
        return self.replay is not None and not self.commit

    @property
    def version(self) -> str:
        """The version that the project was rendered from."""
        return self.name or self.source.ref or ""


def _loaded(text: str, file: str) -> object:
    """Read JSON, which YAML reads otherwise, or YAML."""
    if text.startswith("{"):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    import yaml  # noqa: PLC0415 - `--help` knows addresses, and needs no YAML

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unusable(file, " ".join(str(error).split())) from error


def _word(value: object) -> str:
    """Return what git can take for nothing but a name."""
    return value if isinstance(value, str) and value.isprintable() and value[:1] != "-" else ""


def _unusable(file: str, why: str) -> Stop:
    return Stop(
        f"`{file}` does not say where the project comes from",
        why=why,
        fix=f"bring it back: git log --patch -- {file}",
    )
