"""Answer predictions over HTTP."""

import gc
import ipaddress
import json
import logging
import os
import shlex
import socket
from pathlib import Path

import click
import uvicorn

from ..artifact import Model, current, load
from ..errors import Stop
from ..outcomes import ADDRESS_VARIABLE, DEFAULT_ADDRESS, located
from .access import Gathered, JsonLines
from .protocol import Impatient
from .service import create
from .writer import Writer

BEARER_VARIABLE = "SERVE_TOKEN"
TOKEN_LENGTH = 16
SHUTDOWN_SECONDS = 10
# Below the 1,024 files that a process may open by default; others are told 503.
MOST_CONNECTIONS = 900


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--models",
    default=Path("models"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of packaged models.",
)
@click.option(
    "--outcomes",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help="Database of answers and outcomes.",
)
@click.option("--scaled", is_flag=True, help="Others serve beside it: outcomes in no file.")
def command(host: str, port: int, models: Path, outcomes: str, *, scaled: bool) -> None:
    """Answer predictions over HTTP until told to stop."""
    token = _token(os.environ.get(BEARER_VARIABLE, ""))
    database = located(outcomes)
    if scaled and database.get_backend_name() == "sqlite":
        raise Stop(
            "will not keep outcomes in a file of its own beside other replicas",
            why="an outcome that reaches another replica would find no prediction there",
            fix=f"set {ADDRESS_VARIABLE} to a server: postgresql+psycopg://USER@HOST/NAME",
        )
    model = load(models) if current(models) else None
    listener = _listen(host, port, public=token is not None)
    _log_as_json()
    writer = Writer(outcomes)
    config = uvicorn.Config(
        create(model, token, writer, models),
        http=Impatient,
        limit_concurrency=MOST_CONNECTIONS,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    click.echo(_announcement(model, listener, token), err=True)
    trouble = writer.open()
    click.echo(
        f"captures NOTHING, and keeps trying: {trouble}"
        if trouble
        else f"captures answers and outcomes in {database.render_as_string()}",
        err=True,
    )
    # What is loaded by now stays: looking through it for garbage would hold answers up.
    gc.freeze()
    uvicorn.Server(config).run([listener])
    writer.close()


def _token(given: str) -> str | None:
    """Return the token that callers must send; None when none is set."""
    token = given.strip()
    if token and (len(token) < TOKEN_LENGTH or not token.isascii() or not token.isprintable()):
        raise Stop(
            f"{BEARER_VARIABLE} is no good token",
            why=f"it needs {TOKEN_LENGTH} or more printable ASCII characters",
            fix="make one: python3 -c 'import secrets; print(secrets.token_hex())'",
        )
    return token or None


def _listen(host: str, port: int, *, public: bool) -> socket.socket:
    """Listen on the first address of *host*, which must be this machine's own unless *public*."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Stop(f"cannot find the host {host!r}", why=str(error), fix="check --host") from error
    family, _, _, _, address = found[0]
    if not public and not ipaddress.ip_address(address[0]).is_loopback:
        raise Stop(
            f"will not listen on {host} without a token",
            why="everyone who reaches this address could use the model",
            fix=f"set {BEARER_VARIABLE} (docs/serving.md says how), or leave out --host",
        )
    try:
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        raise Stop(
            f"cannot listen on {host}, port {port}",
            why=str(error.strerror),
            fix="choose another --port, or stop what uses this one",
        ) from error
    # Connections inherit it; without it an answer may wait 40 ms for the caller's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _announcement(model: Model | None, listener: socket.socket, token: str | None) -> str:
    """Say what is served where, and end with the command that tries it."""
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if model is None:
        up = f"{url} is up but not ready: there is no model"
        return f"{up}\nit finds the one that `acme-project run` makes"
    manifest = model.manifest
    body = json.dumps({"rows": [manifest.example]})
    call = ["curl", f"{url}/predict", "-H", "content-type: application/json", "-d", body]
    lines = [f"{url} serves {manifest.version}; Ctrl-C stops it", manifest.data.warning]
    bearer = f' -H "authorization: Bearer ${BEARER_VARIABLE}"' if token else ""
    return "\n".join([*filter(None, lines), f"try it: {shlex.join(call)}{bearer}"])


def _log_as_json() -> None:
    # Nobody is told from where, and in which thread: then nobody has to find it out.
    logging._srcfile = None  # noqa: SLF001  # as the logging HOWTO says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = Gathered()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
