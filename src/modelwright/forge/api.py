"""The only door to GitHub and GitLab: requests with a token, at the pace that they ask for."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from ..core.errors import Stop

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


@dataclass(frozen=True)
class Api:
    """The HTTP API of a forge, asked about the repository *about*."""

    forge: Forge
    about: str
    sleep: Callable[[float], None] = time.sleep

    def refuse_mute(self) -> None:
        """Refuse what could not be asked.

        Raises:
            Stop: there is no token, or it would be read on its way.

        """
        self._headers()

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """Return what the forge answers, and wait for it where that is asked for.

        Raises:
            Stop: the forge refuses, cannot be reached, or asks to wait for too long.

        """
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
        flavour = "vnd.github+" if self.forge.kind == "github" else ""
        return {
            "Authorization": f"Bearer {token}",
            "Accept": f"application/{flavour}json",
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
            f"{self.forge.api} answers {error.code} for {self.about}: {said}",
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
