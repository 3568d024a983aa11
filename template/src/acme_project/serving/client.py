"""Ask the service in process, and hear what it writes down: what callers send must not be in it."""

import asyncio
import io
import json
import logging
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from tempfile import TemporaryDirectory
from typing import Any

from starlette.types import ASGIApp, Message

from ..artifact import Model
from .access import JsonLines
from .service import create
from .writer import Writer

GOLDEN = 0.3819660113


def ask(app: ASGIApp, path: str, document: object, header: str = "") -> tuple[int, Any]:
    """POST *document* as JSON, *header* as the caller's name; status and answer."""
    body, answer = json.dumps(document).encode(), list[Message]()
    headers = {"content-type": "application/json", "user-agent": header}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": header.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        answer.append(message)

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    return answer[0]["status"], json.loads(b"".join(each.get("body", b"") for each in answer))


def overheard(model: Model, secrets: Sequence[str]) -> list[str]:
    """Every line that the service prints or logs when it is sent *secrets* wherever they fit.

    Each secret is sent in a field, as a field's name, in path, query and header. The last
    requests are answered, the very last without being captured: their row holds `numbers(model)`.
    """
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard), redirect_stderr(heard), TemporaryDirectory() as folder:
            whisper(model, secrets, folder)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return heard.getvalue().splitlines()


def whisper(model: Model, secrets: Sequence[str], folder: str) -> None:
    """Send *secrets* to a service that captures in *folder*, then to one that cannot."""
    example = model.manifest.example | numbers(model)
    writer, broken = Writer(f"sqlite:///{folder}/outcomes.db"), Writer(f"sqlite:///{folder}")
    app = create(model, writer=writer)
    for secret in secrets:
        row = {each.name: secret for each in model.manifest.inputs} | {secret: secret}
        outcome = {each.name: secret for each in model.manifest.outcome} | {"id": secret}
        ask(app, "/predict", {"rows": [row]}, secret)
        ask(app, "/feedback", {"outcomes": [outcome]}, secret)
        ask(app, f"/{secret}", secret, secret)
    for path in ("/predict", "/explain"):
        ask(app, path, {"rows": [example]})
    ask(create(model, writer=broken), "/predict", {"rows": [example]})
    for each in (writer, broken):
        each.close()


def numbers(model: Model) -> dict[str, float]:
    """For each number that the model takes, one that nothing else would write by chance."""
    found = {}
    for feature in model.manifest.features:
        if feature.kind == "number":
            low = 0.0 if feature.low is None else feature.low
            high = low + 1.0 if feature.high is None else feature.high
            found[feature.name] = low + (high - low) * GOLDEN
    return found
