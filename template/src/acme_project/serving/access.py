"""Who may call, and what is written down about a call: never a body, an address or a raw path."""

import hmac
import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..artifact import Prediction
from .refusal import Refused

OPEN_PATHS = {"/health", "/ready"}
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
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
        request_id = _request_id(Headers(scope=scope))
        status = 500
        scope.setdefault("state", {})["request_id"] = request_id

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
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
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["stack"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(line)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if re.fullmatch(r"[A-Za-z0-9-]{1,64}", given) else uuid.uuid4().hex
