"""The repositories of an organisation, listed by `gh` or `glab` with the login that these have."""

from __future__ import annotations

import json
import os
import re
import subprocess  # nosec B404
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote, urlsplit

from ..core.errors import Stop
from ..core.lineage import without_credentials
from .api import TOKENS, Kind

_TOOLS: Mapping[Kind, str] = {"github": "gh", "gitlab": "glab"}
_HOSTS: Mapping[Kind, tuple[str, str]] = {
    "github": ("GH_HOST", "github.com"),
    "gitlab": ("GITLAB_HOST", "gitlab.com"),
}
_SECONDS = 300
_NOT_LOGGED_IN = 4  # as `gh` exits
_QUIET = {"GH_NO_UPDATE_NOTIFIER": "1", "GH_PROMPT_DISABLED": "1", "GLAB_CHECK_UPDATE": "false",
          "NO_COLOR": "1", "NO_PROMPT": "1"}  # fmt: skip
_LOUD = {"CLICOLOR_FORCE", "GH_FORCE_TTY"}
_STATUS = re.compile(r"\bHTTP (\d{3})\b")
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]*(:\d{1,5})?", re.I)
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]+"
_NAME = re.compile(rf"(?!-){_PART}(/{_PART})*")
_PATH = re.compile(rf"{_PART}(/{_PART})+")


@dataclass(frozen=True)
class Organisation:
    """An organisation of GitHub, or a group of GitLab with all groups below it, on a host."""

    kind: Kind
    name: str
    host: str

    @classmethod
    def of(cls, text: str, host: str = "") -> Self:
        """Read `github:NAME` or `gitlab:GROUP`; without *host*, the one of the user's settings.

        Raises:
            ValueError: it is none, or the host is none.

        """
        kind = next((known for known in TOKENS if text.startswith(f"{known}:")), None)
        name = text.partition(":")[2]
        if kind is None or not _NAME.fullmatch(name) or (kind == "github" and "/" in name):
            raise ValueError(f"`{text}` is neither `github:NAME` nor `gitlab:GROUP`")
        variable, usual = _HOSTS[kind]
        host = host or os.environ.get(variable) or usual
        host = urlsplit(host).netloc if "://" in host else host
        if not _HOST.fullmatch(host):
            raise ValueError(f"`{host}` is no host")
        return cls(kind, name, host.lower())

    def __str__(self) -> str:
        return f"{self.kind}:{self.name} on {self.host}"

    @property
    def tool(self) -> str:
        """The program that knows the user's login."""
        return _TOOLS[self.kind]

    @property
    def command(self) -> list[str]:
        """The command that prints all pages of the listing."""
        query = "sort=full_name"
        where = f"orgs/{self.name}/repos"
        if self.kind == "gitlab":
            where = f"groups/{quote(self.name, '')}/projects"
            query = "include_subgroups=true&with_shared=false&order_by=id&sort=asc"
        asked = f"{where}?per_page=100&{query}"
        return [self.tool, "api", "--hostname", self.host, "--paginate", asked]


@dataclass(frozen=True)
class Listed:
    """One repository: its path on the forge, and the address that it is cloned from."""

    path: str
    address: str
    topics: tuple[str, ...] = ()
    archived: bool = False
    fork: bool = False

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


def listed(organisation: Organisation, *, ssh: bool, patience: float = _SECONDS) -> list[Listed]:
    """Return every repository that the login may see, cloned over https or *ssh*; or none at all.

    Raises:
        Stop: the forge's program is missing, not logged in, refused or too slow for *patience*
            seconds, or prints an address that is none of the organisation's host.

    """
    text = _asked(organisation, patience)
    try:
        return [
            _repository(each, organisation, ssh=ssh)
            for page in _pages(text.strip())
            for each in page
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Stop(
            f"`{organisation.tool}` lists {organisation} in a way that is not understood",
            why=without_credentials(str(error)),
            fix=f"look at what `{' '.join(organisation.command)}` prints",
        ) from None


def _asked(organisation: Organisation, patience: float) -> str:
    tool = organisation.tool
    try:
        done = subprocess.run(  # nosec B603
            organisation.command,
            env={k: v for k, v in os.environ.items() if k not in _LOUD} | _QUIET,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except OSError as error:
        raise Stop(
            f"`{tool}` cannot be run: {error.strerror}",
            why=f"it lists {organisation} with your login",
            fix=f"install it, then `{tool} auth login`; or list addresses instead",
        ) from None
    except subprocess.TimeoutExpired:
        raise Stop(
            f"`{tool}` did not list {organisation} in {patience:.0f} s",
            fix="repeat it, or take the last listing with --offline",
        ) from None
    if done.returncode:
        raise _refused(organisation, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "replace")


def _refused(organisation: Organisation, code: int, told: str) -> Stop:
    """Return why the forge's program exits with *code*, in the words that it *told*."""
    tool, host = organisation.tool, organisation.host
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    found = next((match for line in lines if (match := _STATUS.search(line))), None)
    status = int(found[1]) if found else 0
    said = without_credentials(found.string if found else (lines or [f"it exits with {code}"])[0])
    what = f"`{tool}` cannot list {organisation}"
    fix = "mend what it names, and repeat; --offline takes the last listing"
    if status == HTTPStatus.UNAUTHORIZED or code == _NOT_LOGGED_IN:
        what = f"`{tool}` is not logged in to {host}"
        fix = f"{tool} auth login --hostname {host}"
    elif status == HTTPStatus.NOT_FOUND:
        what = f"there is no {organisation}, or your login may not see it"
        fix = "correct it in the fleet's file; repositories of a person are listed by address"
    elif status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in said.lower():
        what = f"{host} lists no more for now: its rate limit is reached"
        fix = "repeat it later, or take the last listing with --offline"
    return Stop(what, why=said, fix=fix)


def _pages(text: str) -> Iterator[list[dict[str, Any]]]:
    """Yield each array of *text*: older programs print one for each page, newer ones a single."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        page, at = decoder.raw_decode(text, at)
        if not isinstance(page, list):
            raise TypeError("it prints no list")
        yield page
        while text[at : at + 1].isspace():
            at += 1


def _repository(found: Mapping[str, Any], organisation: Organisation, *, ssh: bool) -> Listed:
    github = organisation.kind == "github"
    path = found["full_name" if github else "path_with_namespace"]
    address = found[("ssh_url" if github else "ssh_url_to_repo") if ssh else
                    ("clone_url" if github else "http_url_to_repo")]  # fmt: skip
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a repository")
    before = address.removesuffix(f"{path}.git")
    if before == address or not _before(organisation.host, ssh=ssh).fullmatch(before):
        raise ValueError(f"{address!r} is not where {organisation.host} has {path!r}")
    topics = tuple(found.get("topics") or ())
    if not all(isinstance(each, str) and each.isprintable() for each in topics):
        raise ValueError(f"{path!r} has topics that cannot be labels")
    fork = bool(found.get("fork") if github else found.get("forked_from_project"))
    return Listed(path, address, topics, bool(found.get("archived")), fork)


def _before(host: str, *, ssh: bool) -> re.Pattern[str]:
    """Return what stands before a path on *host* in an address; over ssh also below the host."""
    if not ssh:
        return re.compile(rf"https://{re.escape(host)}/(?:{_PART}/)*")
    name = rf"[\w-]+@(?:[\w-]+\.)*{re.escape(host.partition(':')[0])}"
    return re.compile(rf"{name}:|ssh://{name}(?::\d+)?/", re.ASCII)
