"""The only door to GitHub and GitLab: one pull request for a branch, opened once and kept right."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from .core.errors import Stop
from .core.lineage import without_credentials

Kind = Literal["github", "gitlab"]
TOKENS: Mapping[Kind, tuple[str, ...]] = {
    "github": ("GH_TOKEN", "GITHUB_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
}
_SECONDS = 30
_TRIES = 3
_LONGEST_WAIT = 60
_LIMITED = {403, 429}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Forge:
    """A forge: repositories whose address begins with *prefix*, and the API that serves them."""

    kind: Kind
    prefix: str
    api: str


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
        self._headers()

    def propose(self, wanted: Proposal) -> str:
        """Open a pull request, or bring the open one up to date; return its address.

        Raises:
            Stop: the forge refuses, cannot be reached, or asks to wait for too long.

        """
        found = self._open(wanted.branch)
        if found is None:
            made = self._ask("POST", self._requests, self._new(wanted))
            return str(made[self._address])
        names = ("title", self._body)
        words = dict(zip(names, (wanted.title, wanted.body), strict=True))
        if any((found.get(name) or "") != word for name, word in words.items()):
            self._ask(self._change, f"{self._requests}/{found[self._number]}", words)
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
        self._ask(self._change, f"{self._requests}/{found[self._number]}", closed)
        return str(found[self._address])

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
        found = self._ask("GET", f"{self._requests}?{urlencode(query)}")
        return found[0] if found else None

    def _new(self, wanted: Proposal) -> dict[str, Any]:
        into = self._ask("GET", self._here)["default_branch"]
        branches = (
            {"head": wanted.branch, "base": into}
            if self._github
            else {"source_branch": wanted.branch, "target_branch": into}
        )
        return {"title": wanted.title, self._body: wanted.body, **branches}

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        request = Request(  # noqa: S310 - `_headers` looks at the scheme
            self.forge.api + path,
            data=None if content is None else json.dumps(content).encode(),
            headers=self._headers(),
            method=method,
        )
        for left in reversed(range(_TRIES)):
            try:
                with _OPENER.open(request, timeout=_SECONDS) as answer:
                    return json.load(answer)
            except HTTPError as error:
                wait = _wait(error)
                if wait is None or wait > _LONGEST_WAIT or not left:
                    raise self._refused(error, wait) from None
                self.sleep(wait)
            except (URLError, TimeoutError, ValueError) as error:
                raise Stop(
                    f"cannot reach {self.forge.api}: {error}", fix="repeat it with --only-failed"
                ) from None
        raise AssertionError  # the last try returned or raised

    def _headers(self) -> dict[str, str]:
        at = urlsplit(self.forge.api)
        if at.scheme != "https" and at.hostname not in _LOOPBACK:
            raise Stop(
                f"{self.forge.api} is not https", why="a token would be read on its way",
                fix="give the address of the API with https",
            )  # fmt: skip
        names = TOKENS[self.forge.kind]
        token = next((os.environ[name] for name in names if os.environ.get(name)), "")
        if not token:
            raise Stop(
                f"there is no token for {self.forge.api}",
                fix=f"set {' or '.join(names)} in the environment",
            )
        accept = "application/vnd.github+json" if self._github else "application/json"
        return {
            "Authorization": f"Bearer {token}",
            "Accept": accept,
            "Content-Type": "application/json",
            "User-Agent": "modelwright",
        }

    def _refused(self, error: HTTPError, wait: float | None) -> Stop:
        if wait is not None:
            return Stop(
                f"{self.forge.api} asks to wait for {wait:.0f} s", why="its rate limit is reached",
                fix="repeat it then with --only-failed",
            )  # fmt: skip
        said = error.read(2000).decode("utf-8", "replace")
        try:
            said = json.loads(said)["message"]
        except (ValueError, KeyError, TypeError):
            said = error.reason
        return Stop(
            f"{self.forge.api} answers {error.code} for {self.path}: {said}",
            fix="check that the token may open pull requests there",
        )


def _opener() -> OpenerDirector:
    """Return what opens addresses and follows none, which could take the token elsewhere."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler,
                    HTTPErrorProcessor):  # fmt: skip
        opener.add_handler(handler())
    return opener


_OPENER = _opener()


def _wait(error: HTTPError) -> float | None:
    """Return for how many seconds a forge asks to wait; None where it refuses for good."""
    if error.code not in _LIMITED:
        return None
    after = error.headers.get("Retry-After", "")
    if after.isdigit():
        return float(after)
    reset = error.headers.get("X-RateLimit-Reset", "")
    if error.headers.get("X-RateLimit-Remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - time.time())
    return None


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
