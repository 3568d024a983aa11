"""How repositories are named: a folder here, or an address of git's."""

from __future__ import annotations

import re

from ..core.errors import Stop
from ..core.lineage import without_credentials

_ALIASES = {
    "gh:": "https://github.com/",
    "gl:": "https://gitlab.com/",
    "bb:": "https://bitbucket.org/",
}
_REMOTE = ("git@", "git://", "git+", "https://", "ssh://")
# As git has it: a colon before the first slash. One letter may be a drive.
_ELSEWHERE = re.compile(r"[^/\\]{2,}:")


def is_elsewhere(url: str) -> bool:
    """Say whether *url* is an address, which no folder of the same spelling may pass for."""
    return _ELSEWHERE.match(url) is not None


def spelled_out(url: str) -> tuple[str, bool]:
    """Return *url* as git takes it, and whether it has to be fetched where it is no folder."""
    for alias, host in _ALIASES.items():
        if url.startswith(alias):
            url = host + url.removeprefix(alias).lstrip("/")
    remote = url.startswith(_REMOTE) or url.endswith(".git")
    url = url.removeprefix("git+")
    if url.startswith(tuple(_ALIASES.values())) and not url.endswith(".git"):
        url += ".git"
    return url, remote


def refuse_address(url: str) -> None:
    """Refuse what git would take for an option, or for a command to run.

    Raises:
        Stop: it is one.

    """
    if url.startswith("-") or re.match(r"\w+::", url):
        raise Stop(
            f"`{without_credentials(url)}` is no address of a repository",
            why="git would take it for an option or for a command to run",
            fix="give a folder, or an https or ssh address",
        )
