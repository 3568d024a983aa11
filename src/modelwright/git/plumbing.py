"""Calls to git whose results no configuration of the user's can change."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess  # nosec B404
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import guard
from ..core.errors import Stop
from .objects import Unwritten

OLDEST = (2, 38)
# What a user may have set for other purposes, and would change what is merged or written.
_FIXED = {
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "commit.gpgSign": "false",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.renames": "true",
    "gc.auto": "0",
    "merge.conflictStyle": "merge",
    "merge.default": "text",
    "merge.directoryRenames": "true",
    "merge.renames": "true",
    "merge.renameLimit": "5000",
    "merge.renormalize": "true",
    "rerere.enabled": "false",
    "status.renames": "true",
    "submodule.recurse": "false",
}
# Programs that attributes call by name; without trust, text is merged and stored as text.
_TEXT_MERGE = "git merge-file -q --marker-size=%L -L {0} -L base -L {1} %A %O %B"
_PROGRAMS = re.compile(r"(merge\..+\.driver|filter\..+\.(clean|smudge|process|required))", re.I)
_LFS = re.compile(r"filter\.lfs\.", re.I)


@dataclass(frozen=True)
class Git:
    """Git in one folder, deaf to the settings that would change a result."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=lambda: dict(_FIXED))
    environment: Mapping[str, str] = field(default_factory=dict)
    unwritten: Unwritten = field(default_factory=Unwritten)
    _told: dict[tuple[str, ...], str] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, *arguments: str, text: str | bytes | None = None, once: bool = False) -> str:
        """Return what git prints.

        Raises:
            Stop: git fails; its last line says why.

        """
        code, out = self.ask(*arguments, text=text, once=once)
        if code:
            raise Stop(f"git {arguments[0]} failed: {out}", fix="mend what git names, and repeat")
        return out

    def ask(
        self, *arguments: str, text: str | bytes | None = None, once: bool = False
    ) -> tuple[int, str]:
        """Return the exit code with what git prints, or with the reason where it is not 0 or 1.

        What is asked *once*, since commits and trees never change, is remembered.
        """
        if once and arguments in self._told:
            return 0, self._told[arguments]
        self.write()
        given = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        try:
            done = subprocess.run(  # nosec B603 B607
                self._command(arguments),
                cwd=self.folder,
                env=self._environment(),
                input=given if given is not None else b"",
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise Stop(
                "git is not installed", fix="install git, for example with your package manager"
            ) from None
        told = done.stderr.decode("utf-8", "replace")
        if done.returncode > 1 or (done.returncode and told.strip()):
            return done.returncode, reason(told)
        out = done.stdout.decode("utf-8", "surrogateescape")
        if once and not done.returncode:
            self._told[arguments] = out
        return done.returncode, out

    def talk(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start git, to be asked and to answer more than once; the caller ends it."""
        self.write()
        return subprocess.Popen(  # nosec B603
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _command(self, arguments: Sequence[str]) -> list[str]:
        options = [word for item in self.settings.items() for word in ("-c", "=".join(item))]
        return ["git", *options, *arguments]

    def _environment(self) -> dict[str, str]:
        return _environment() | dict(self.environment)

    def write(self) -> None:
        """Write the objects that are still to be written."""
        if self.unwritten.objects:
            self("unpack-objects", "-q", text=self.unwritten.taken())

    def among(self, **environment: str) -> Git:
        """Return the same git with more variables in its environment."""
        return replace(self, environment={**self.environment, **environment})

    def tamed(self) -> Git:
        """Return the same git, which runs no program that attributes of the project name."""
        _, found = self.ask("config", "--name-only", "--get-regexp", _PROGRAMS.pattern)
        off = {}
        for name in found.split():
            if name.endswith(".driver"):
                off[name] = _TEXT_MERGE
            elif not _LFS.match(name):
                off[name] = "false" if name.endswith(".required") else ""
        return replace(self, settings={**self.settings, **off})

    def labelled(self, *labels: str) -> Git:
        """Return the same git, whose merges name the two sides in conflicts."""
        settings = {
            name: value.format(*map(shlex.quote, labels)) if value == _TEXT_MERGE else value
            for name, value in self.settings.items()
        }
        return replace(self, settings=settings)


def _environment() -> dict[str, str]:
    whole = guard.environment()
    kept = {name: value for name, value in whole.items() if not name.startswith("GIT_")}
    personal = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_AUTHOR_", "GIT_COMMITTER_")
    kept |= {name: value for name, value in whole.items() if name.startswith(personal)}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def refuse_old() -> None:
    """Refuse a git that cannot merge trees.

    Raises:
        Stop: naming the version that is installed.

    """
    if shutil.which("git") is None:
        raise Stop("git is not installed", fix="install git, for example with your package manager")
    said = Git(Path.cwd(), {})("version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if found and tuple(map(int, found.groups())) < OLDEST:
        raise Stop(
            f"git {found[0]} is too old to merge without a checkout",
            fix=f"install git {'.'.join(map(str, OLDEST))} or newer",
        )


def reason(stderr: str) -> str:
    """Return the line of *stderr* that says why git stopped."""
    lines: Sequence[str] = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("tell me who you are" in line for line in lines):
        return "git does not know your name and e-mail address (git config --global user.email)"
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["it gave no reason"])[-1]
