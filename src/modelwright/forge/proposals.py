"""One pull request for a branch, opened once and kept right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ..core.errors import Stop
from ..core.lineage import without_credentials
from .api import Api, Forge

KNOWN = tuple(
    Forge(kind, prefix.format(host), api)
    for kind, host, api in (
        ("github", "github.com", "https://api.github.com"),
        ("gitlab", "gitlab.com", "https://gitlab.com/api/v4"),
    )
    for prefix in ("https://{}/", "git@{}:", "ssh://{}/")
)


@dataclass(frozen=True)
class Proposal:
    """What a pull request says: from which branch, and in which words."""

    branch: str
    title: str
    body: str


@dataclass(frozen=True)
class Project:
    """A repository on a forge, by its path there."""

    forge: Forge
    path: str
    sleep: Callable[[float], None] = time.sleep

    def refuse_mute(self) -> None:
        """Refuse before anything is written what could not be said to the forge afterwards.

        Raises:
            Stop: there is no token, or it would be read on its way.

        """
        self._api.refuse_mute()

    def propose(self, wanted: Proposal) -> str:
        """Open a pull request, or bring the open one up to date; return its address.

        Raises:
            Stop: the forge refuses, cannot be reached, or asks to wait for too long.

        """
        found = self._open(wanted.branch)
        if found is None:
            made = self._api.ask("POST", self._requests, self._new(wanted))
            return str(made[self._address])
        names = ("title", self._body)
        words = dict(zip(names, (wanted.title, wanted.body), strict=True))
        if any((found.get(name) or "") != word for name, word in words.items()):
            self._api.ask(self._change, f"{self._requests}/{found[self._number]}", words)
        return str(found[self._address])

    def close(self, branch: str) -> str:
        """Close the open pull request of *branch*; return its address, or "" where there is none.

        Raises:
            Stop: as in `propose`.

        """
        found = self._open(branch)
        if found is None:
            return ""
        closed = {"state": "closed"} if self._github else {"state_event": "close"}
        self._api.ask(self._change, f"{self._requests}/{found[self._number]}", closed)
        return str(found[self._address])

    @property
    def _api(self) -> Api:
        return Api(self.forge, self.path, self.sleep)

    @property
    def _github(self) -> bool:
        return self.forge.kind == "github"

    @property
    def _here(self) -> str:
        return f"/repos/{quote(self.path)}" if self._github else f"/projects/{quote(self.path, '')}"

    @property
    def _requests(self) -> str:
        return f"{self._here}/{'pulls' if self._github else 'merge_requests'}"

    @property
    def _number(self) -> str:
        return "number" if self._github else "iid"

    @property
    def _address(self) -> str:
        return "html_url" if self._github else "web_url"

    @property
    def _body(self) -> str:
        return "body" if self._github else "description"

    @property
    def _change(self) -> str:
        return "PATCH" if self._github else "PUT"

    def _open(self, branch: str) -> dict[str, Any] | None:
        owner = self.path.partition("/")[0]
        query = (
            {"head": f"{owner}:{branch}", "state": "open"}
            if self._github
            else {"source_branch": branch, "state": "opened"}
        )
        found = self._api.ask("GET", f"{self._requests}?{urlencode(query)}")
        return found[0] if found else None

    def _new(self, wanted: Proposal) -> dict[str, Any]:
        into = self._api.ask("GET", self._here)["default_branch"]
        branches = (
            {"head": wanted.branch, "base": into}
            if self._github
            else {"source_branch": wanted.branch, "target_branch": into}
        )
        return {"title": wanted.title, self._body: wanted.body, **branches}


def project(address: str, forges: tuple[Forge, ...] = ()) -> Project:
    """Return the project that the repository at *address* is, on *forges* or those that are known.

    Raises:
        Stop: it is on none of them.

    """
    bare = without_credentials(address)
    for forge in (*forges, *KNOWN):
        if bare.startswith(forge.prefix):
            return Project(forge, bare.removeprefix(forge.prefix).strip("/").removesuffix(".git"))
    raise Stop(
        f"`{bare}` is on no forge that is known",
        fix="add [[forges]] with kind, prefix and api to the fleet's file",
    )
