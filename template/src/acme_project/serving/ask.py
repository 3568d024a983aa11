"""Ask a running service for its model's own example, as the first caller after a roll-out."""

import http.client
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

import click

from ..errors import Stop
from .serve import BEARER_VARIABLE

SECONDS = 10


@click.command("ask")
@click.argument("url", default="http://127.0.0.1:8000")
@click.option("--wait", default=0.0, help="Seconds in which it may become ready.")
@click.option("--model", default="", help="The version that must answer.")
def command(url: str, wait: float, model: str) -> None:
    """Ask the service at URL why it answers its own example as it does; nothing is captured.

    Exit 1 when it is not ready, another model answers, or the answer makes no sense.
    """
    end = time.monotonic() + wait
    while (fault := wrong(url, model)) and time.monotonic() < end:
        time.sleep(0.5)
    if fault:
        click.echo(f"{url}: {fault}")
        raise click.exceptions.Exit(1)
    click.echo(f"{url} is ready and answers its example")


def wrong(url: str, model: str) -> str:
    """What is wrong with the service; empty when nothing is."""
    try:
        status, ready = call(url, "/ready")
        if status != http.HTTPStatus.OK:
            return "it is not ready"
        if model and ready["model"] != model:
            return f"{ready['model']} answers"
        status, described = call(url, "/model")
        if status == http.HTTPStatus.UNAUTHORIZED:
            return f"it refuses the token of {BEARER_VARIABLE}"
        status, answer = call(url, "/explain", {"rows": [described["example"]]})
        (example,) = answer["explanations"]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return f"it does not answer: {error!r}"
    if not 0 <= example["probability"] <= 1:
        return "its probability is none"
    return ""


def call(url: str, path: str, document: object = None) -> tuple[int, Any]:
    """Status and answer of a GET, or of a POST of *document*.

    Raises:
        Stop: the address is none of HTTP.
    """
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise Stop(f"{url} is no address", fix="give one that starts with http:// or https://")
    connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=SECONDS)
    headers = {"content-type": "application/json"}
    if token := os.environ.get(BEARER_VARIABLE, "").strip():
        headers["authorization"] = f"Bearer {token}"
    body = None if document is None else json.dumps(document)
    try:
        target = parts.path.rstrip("/") + path
        connection.request("GET" if body is None else "POST", target, body, headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()
