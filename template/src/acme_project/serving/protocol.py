"""HTTP/1.1 for strangers: who opens a connection has to ask something soon."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_SECONDS = 5


class Impatient(H11Protocol):
    """Closes a connection whose next request's head takes longer than HEAD_SECONDS to arrive.

    Without it, a few slow senders hold every connection that the process may have.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch = self.loop.call_later(HEAD_SECONDS, self._look, None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def _look(self, before: RequestResponseCycle | None) -> None:
        """Close when no request has begun since the last look, *before*, and none is under way."""
        if self.conn.their_state is h11.IDLE and self.cycle is before:
            self.transport.close()
        else:
            self._watch = self.loop.call_later(HEAD_SECONDS, self._look, self.cycle)
