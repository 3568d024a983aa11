"""A forge on loopback that keeps pull requests, and answers as GitHub and GitLab do."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-of-the-tests"  # noqa: S105


@dataclass
class StandIn:
    """What was asked, the pull requests that are there, and answers that come before them."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    first: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)

    def answer(self, method: str, path: str, content: Any) -> tuple[int, dict[str, str], Any]:
        self.asked.append((method, path, content))
        if self.first:
            return self.first.pop(0)
        at = urlsplit(path)
        *_, last = unquote(at.path).split("/")
        asked = {name: values[0] for name, values in parse_qs(at.query).items()}
        if method == "GET" and last in {"pulls", "merge_requests"}:
            branch = asked.get("source_branch") or asked["head"].partition(":")[2]
            return 200, {}, [r for r in self.requests if r["open"] and r["branch"] == branch]
        if method == "GET":
            return 200, {}, {"default_branch": "main"}
        if method == "POST":
            branch = content.get("head") or content["source_branch"]
            number = len(self.requests) + 1
            where = f"{self.address}/requests/{number}"
            made = {"number": number, "iid": number, "html_url": where, "web_url": where}
            self.requests.append({**content, **made, "branch": branch, "open": True})
            return 201, {}, self.requests[-1]
        found = self.requests[int(last) - 1]
        found.update(content)
        found["open"] = content.get("state") != "closed" and "state_event" not in content
        return 200, {}, found

    @property
    def methods(self) -> list[str]:
        return [method for method, *_ in self.asked]


@contextmanager
def standing_in() -> Generator[StandIn]:
    """Yield a forge that listens meanwhile."""
    forge = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(size)) if size else None
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                code, headers, found = forge.answer(self.command, self.path, content)
            else:
                code, headers, found = 401, {}, {"message": "Bad credentials"}
            body = json.dumps(found).encode()
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815 - as http.server calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()
