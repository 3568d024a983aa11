"""HTTP/1.1 for strangers: who opens a connection has to ask something soon, and not too much."""

import asyncio
import re
from typing import Any

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from .admission import BOUNDED, MOST_AT_ONCE, Load, too_many

HEAD_SECONDS = 5

# A head that says plainly where its request ends; whatever is less plain is left to h11.
OTHER = rb"(?!connection|content-length|expect|transfer-encoding|upgrade)[\w-]+:[ -~\t]*"
LINES = rb"(?:(?i:connection: ?keep-alive|" + OTHER + rb")\r\n)*"
PLAIN = re.compile(
    rb"POST (%b) HTTP/1\.1\r\n%b(?i:content-length): ?(\d{1,7})\r\n%b\r\n"
    % ("|".join(sorted(BOUNDED)).encode(), LINES, LINES)
)


class Impatient(H11Protocol):
    """Closes a connection whose next request's head takes longer than HEAD_SECONDS to arrive.

    Without it, a few slow senders hold every connection that the process may have. While too
    much is asked, it says so itself: what is turned away must cost next to nothing.
    """

    def __init__(self, config: Config, *others: Any, **more: Any) -> None:
        super().__init__(config, *others, **more)
        service: Any = config.app
        self._load: Load = service.state.load
        self._turned_away = self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch = self.loop.call_later(HEAD_SECONDS, self._look, None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Drop what is left of a request that was turned away; hear or turn away the next one."""
        if self._unread:
            self._unread, data = max(0, self._unread - len(data)), data[self._unread :]
        if data and not (len(self.tasks) >= MOST_AT_ONCE and self._turn_away(data)):
            super().data_received(data)

    def _turn_away(self, data: bytes) -> bool:
        """Answer a plain request that *data* begins, and that nothing is before or after."""
        head = PLAIN.match(data)
        between = self.conn.our_state is self.conn.their_state is h11.IDLE
        if not (head and between and not self.conn.trailing_data[0]):
            return False
        unread = int(head[2]) - (len(data) - head.end())
        if unread < 0:
            return False
        self._unset_keepalive_if_required()
        self._unread = unread
        self._turned_away += 1
        self._load.turn_away(head[1].decode())
        self.transport.write(ANSWER)
        return True

    def _look(self, before: object) -> None:
        """Close when no request has begun since the last look, *before*, and none is under way."""
        now = (self.cycle, self._turned_away)
        if self.conn.their_state is h11.IDLE and now == (before or (None, 0)):
            self.transport.close()
        else:
            self._watch = self.loop.call_later(HEAD_SECONDS, self._look, now)


def wire() -> bytes:
    """The answer to what is too much, as it goes over the line."""
    answer = too_many().response()
    head = b"".join(b"%b: %b\r\n" % each for each in answer.raw_headers)
    return b"HTTP/1.1 %d Service Unavailable\r\n%b\r\n%b" % (answer.status_code, head, answer.body)


ANSWER = wire()
