"""A forge on loopback that keeps pull requests, and answers as GitHub and GitLab do."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from described import example, faults_of_answer, faults_of_request

TOKEN = "a-token-of-the-tests"  # noqa: S105


@dataclass
class StandIn:
    """What was asked, what is there, answers that come before it, and what GitHub would not say."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    repositories: list[dict[str, Any]] = field(default_factory=list)
    first: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, content: Any) -> tuple[int, dict[str, str], Any]:
        """Answer, and note where a request or an answer is none of the published ones."""
        self.asked.append((method, path, content))
        published = not path.startswith(("/projects/", "/groups/"))
        if published:
            self.faults += faults_of_request(method, path, content)
        if self.first:
            return self.first.pop(0)
        code, headers, found = self._answer(method, path, content)
        if published:
            self.faults += faults_of_answer(method, path, code, found)
        return code, headers, found

    def _answer(self, method: str, path: str, content: Any) -> tuple[int, dict[str, str], Any]:
        at = urlsplit(path)
        *_, last = unquote(at.path).split("/")
        asked = {name: values[0] for name, values in parse_qs(at.query).items()}
        if last in {"repos", "projects"}:
            return self._page(at.path, asked)
        if method == "GET" and last in {"pulls", "merge_requests"}:
            branch = asked.get("source_branch") or asked["head"].partition(":")[2]
            found = [r for r in self.requests if r["open"] and r["of"] == (at.path, branch)]
            return 200, {}, [each["shown"] for each in found]
        if method == "GET":
            whole = example("full-repository-default-response")
            del whole["source"], whole["parent"]
            return 200, {}, whole | {"default_branch": "main", "language": None}
        if method == "POST":
            return 201, {}, self._made(at.path, content)
        found = self.requests[int(last) - 1]
        found["shown"].update({k: v for k, v in content.items() if k in found["shown"]})
        found.update(content)
        found["open"] = content.get("state") != "closed" and "state_event" not in content
        return 200, {}, found["shown"]

    def _made(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        number = len(self.requests) + 1
        where = f"{self.address}/requests/{number}"
        words = {key: content[key] for key in ("title", "body", "description") if key in content}
        made = {"number": number, "iid": number, "html_url": where, "web_url": where, **words}
        shown = example("pull-request") | {"requested_teams": []} | made
        branch = content.get("head") or content["source_branch"]
        self.requests.append({**content, "of": (path, branch), "open": True, "shown": shown})
        return shown

    def _page(self, path: str, asked: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        number, size = int(asked.get("page", 1)), int(asked["per_page"])
        found = self.repositories[(number - 1) * size : number * size]
        following = f'<{self.address}{path}?per_page={size}&page={number + 1}>; rel="next"'
        more = number * size < len(self.repositories)
        return 200, {"Link": following} if more else {}, found

    @property
    def methods(self) -> list[str]:
        return [method for method, *_ in self.asked]


@contextmanager
def standing_in() -> Generator[StandIn]:
    """Yield a forge that listens meanwhile; what GitHub does not publish must not be said."""
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
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()
    assert not forge.faults, forge.faults


def on_github(path: str, **more: Any) -> dict[str, Any]:
    """Return a repository as GitHub lists it."""
    whole = example("minimal-repository-items") | {"fork": False, "topics": []}
    where = {"clone_url": f"https://github.com/{path}.git", "ssh_url": f"git@github.com:{path}.git"}
    return whole | {"full_name": path, "name": path.rpartition("/")[2]} | where | more


def on_gitlab(path: str, host: str = "gitlab.com", **more: Any) -> dict[str, Any]:
    """Return a project as GitLab's documentation shows one of a group, as far as we read it."""
    return {
        "path": path.rpartition("/")[2],
        "path_with_namespace": path,
        "http_url_to_repo": f"https://{host}/{path}.git",
        "ssh_url_to_repo": f"git@{host}:{path}.git",
        "archived": False,
        "topics": [],
        **more,
    }


def installed(folder: Path) -> Path:
    """Return a new folder with a `gh` and a `glab` that ask the forge at `STAND_IN`."""
    folder.mkdir()
    text = (Path(__file__).parent / "forge/paginating.py").read_text("utf-8")
    for name in ("gh", "glab"):
        tool = folder / name
        tool.write_text(f"#!{sys.executable}\n{text}", "utf-8")
        tool.chmod(0o755)
    return folder
