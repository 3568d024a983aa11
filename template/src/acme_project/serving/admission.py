"""How much is taken on at once: refused at the door is better than answered too late."""

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .refusal import Refused

# What one process answers well within the time that contract.toml promises.
MOST_AT_ONCE = 64
# All that a request may take, whether its caller, the model or the database dawdles.
REQUEST_SECONDS = 30
# What tells how the service is must be heard above all when there is too much to do.
ALWAYS = {"/health", "/ready", "/metrics"}
# What the protocol may turn away before it is read.
BOUNDED = {"/predict", "/explain", "/feedback"}
# However many are turned away, the log has a line for each of these.
LOG_SECONDS = 1.0
LOG = logging.getLogger(__name__)


@dataclass
class Load:
    """How many requests are being answered, and how many were turned away.

    *unheard* are those, by route, that no observer has seen.
    """

    at_once: int = 0
    refused: int = 0
    unheard: Counter[str] = field(default_factory=Counter)
    _logged: tuple[float, int] = field(default=(0.0, 0), repr=False, compare=False)

    def turn_away(self, route: str = "") -> None:
        """Count one more, and say now and then how many there were; *route* is unheard."""
        self.refused += 1
        if route:
            self.unheard[route] += 1
        at, known = self._logged
        if (now := time.monotonic()) - at >= LOG_SECONDS:
            self._logged = now, self.refused
            LOG.warning("turned away", extra={"fields": {"requests": self.refused - known}})


def too_many() -> Refused:
    """The refusal of what is beyond the bound."""
    return Refused(503, "too many requests at once", "ask again later")


class Admission:
    """ASGI middleware that turns requests away while *most* others are being answered."""

    def __init__(self, app: ASGIApp, load: Load, most: int = MOST_AT_ONCE) -> None:
        self.app = app
        self.load = load
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503 with the second from which to try again."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            return await self.app(scope, receive, send)
        if self.load.at_once >= self.most:
            self.load.turn_away()
            return await too_many().response()(scope, receive, send)
        self.load.at_once += 1
        try:
            return await self._within_time(scope, receive, send)
        finally:
            self.load.at_once -= 1

    async def _within_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self.app(scope, receive, noted)
        except TimeoutError:
            # Half an answer cannot be taken back; the server closes the connection.
            if not started:
                late = Refused(503, f"the answer took more than {REQUEST_SECONDS} seconds")
                await late.response()(scope, receive, send)
