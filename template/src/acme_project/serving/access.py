"""Who may call, and what is written down about a call: never a body, an address or a raw path."""

import hmac
import json
import logging
import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import NamedTuple, TextIO

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..artifact import Prediction
from .refusal import Refused

OPEN_PATHS = {"/health", "/ready"}
# How long a line may wait for others, and how many may.
LOG_SECONDS = 0.1
MOST_LINES = 256
ID_HEADER = b"x-request-id"
ID_FORM = re.compile(rb"[A-Za-z0-9-]{1,64}")
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
LOG = logging.getLogger(__name__)


class Exchange(NamedTuple):
    """One request and its answer, in values of few kinds: safe as log fields and metric labels.

    *refused* has a field for each row that was.
    """

    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    predictions: Sequence[Prediction]
    refused: Sequence[str] = ()


Observer = Callable[[Exchange], None]


class Observed:
    """ASGI middleware that names every request and shows every exchange to the observers."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self.app = app
        self.observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HTTP on, and answer with the request's id."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        request_id = _request_id(scope["headers"])
        status = 500
        scope.setdefault("state", {})["request_id"] = request_id

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = (*message.get("headers", ()), (ID_HEADER, request_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, named)
        finally:
            exchange = Exchange(
                request_id=request_id,
                method=scope["method"] if scope["method"] in METHODS else "OTHER",
                route=getattr(scope.get("route"), "path", "unmatched"),
                status=status,
                seconds=time.perf_counter() - started,
                predictions=scope["state"].get("predictions", ()),
                refused=scope["state"].get("refused", ()),
            )
            for observe in self.observers:
                observe(exchange)


class BearerToken:
    """ASGI middleware that lets nothing but health checks through without the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            given = Headers(scope=scope).get("authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, self.expected):
                refused = Refused(401, "the token is missing or wrong")
                return await refused.response()(scope, receive, send)
        return await self.app(scope, receive, send)


def log_exchange(exchange: Exchange) -> None:
    """Write one line per exchange."""
    fields = {
        "request_id": exchange.request_id,
        "method": exchange.method,
        "route": exchange.route,
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000, 3),
        "rows": len(exchange.predictions),
    }
    LOG.info("request", extra={"fields": fields})


class JsonLines(logging.Formatter):
    """One JSON object per record; an exception's place, never its message: it may quote data."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "time": _second(int(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["stack"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(line)


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Gathered(logging.StreamHandler[TextIO]):
    """Writes what was logged a few times a second, at once what is worse than information."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._closed = threading.Event()
        threading.Thread(target=self._write_now_and_then, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take the record; a fault in it goes to standard error, as ever."""
        try:
            self._lines.append(self.format(record) + self.terminator)
        except Exception:  # noqa: BLE001
            self.handleError(record)
        if record.levelno > logging.INFO or len(self._lines) >= MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what there is."""
        with self.lock or nullcontext():
            if self._lines:
                lines, self._lines = self._lines, []
                self.stream.write("".join(lines))
            super().flush()

    def close(self) -> None:
        """Write what is left."""
        self._closed.set()
        self.flush()
        super().close()

    def _write_now_and_then(self) -> None:
        while not self._closed.wait(LOG_SECONDS):
            self.flush()


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that the caller gave, if it is a plain one, or a new one."""
    for name, given in headers:
        if name == ID_HEADER and ID_FORM.fullmatch(given):
            return given.decode()
    return os.urandom(16).hex()
