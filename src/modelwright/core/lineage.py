"""Where a project comes from: the template's source and version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Stop

BUILT_IN = "builtin"

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


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


def without_credentials(text: str) -> str:
    """Return *text* with the user and password of every URL removed."""
    return _CREDENTIALS.sub("", text)


@dataclass(frozen=True)
class Lineage:
    """What a project records of its template: where it came from, and all answers.

    Where `update` wrote it, also the full commit, the tree that was rendered, and the source
    that somebody consented to.
    """

    source: Source
    answers: Mapping[str, Any] = field(default_factory=dict)
    commit: str = ""
    base: str = ""
    consented: str = ""

    @classmethod
    def parse(cls, text: str, file: str) -> Lineage:
        """Read an answers *file*.

        Raises:
            Stop: it is no YAML mapping, or names no template.

        """
        import yaml  # noqa: PLC0415 - `--help` knows addresses, and needs no YAML

        try:
            found = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError) as error:
            raise _unusable(file, " ".join(str(error).split())) from error
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
            raise _unusable(file, "it holds no answers")
        url, version = found.get("_src_path"), found.get("_commit")
        if not isinstance(url, str) or not url:
            raise _unusable(file, "`_src_path` names no template")
        if not isinstance(version, str) or not version:
            raise _unusable(file, "`_commit` names no version")
        answers = {name: value for name, value in found.items() if not name.startswith("_")}
        mark = found.get("_modelwright")
        mark = mark if isinstance(mark, dict) else {}
        exact = (_word(mark.get(name)) for name in ("commit", "base", "source"))
        return cls(Source(url, version), answers, *exact)

    @property
    def version(self) -> str:
        """The version that the project was rendered from."""
        return self.source.ref or ""


def _word(value: object) -> str:
    """Return what git can take for nothing but a name."""
    return value if isinstance(value, str) and value.isprintable() and value[:1] != "-" else ""


def _unusable(file: str, why: str) -> Stop:
    return Stop(
        f"`{file}` does not say where the project comes from",
        why=why,
        fix=f"bring it back: git log --patch -- {file}",
    )
