"""Cut what we use out of the description that GitHub publishes of its API.

    python tools/forge_descriptions.py

It comes with the package that GitHub's own clients are made from, by `npm`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess  # nosec B404
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/openapi@23.0.2"
SHA256 = (
    "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c"  # pragma: allowlist secret
)
INSIDE = "package/generated/api.github.com.json"
LICENCE = "package/LICENSE"
OPERATIONS = {
    "/orgs/{org}/repos": ("get",),
    "/repos/{owner}/{repo}": ("get",),
    "/repos/{owner}/{repo}/pulls": ("get", "post"),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("patch",),
}
PROSE = {"description", "summary", "externalDocs", "tags", "title"}
CUT = Path(__file__).parents[1] / "tests/forge/github.json"


def fetched(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the whole description and its licence; others than were looked at are refused."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)  # nosec B603 B607
    (archive,) = folder.glob("*.tgz")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{PACKAGE} is not what it was: look at it, then change SHA256")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return json.loads((folder / INSIDE).read_text("utf-8")), (folder / LICENCE).read_text("utf-8")


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the operations that we use, with all that they refer to and without prose."""
    paths = {
        path: {method: whole["paths"][path][method] for method in methods}
        for path, methods in OPERATIONS.items()
    }
    made: dict[str, Any] = {
        "openapi": whole["openapi"],
        "info": {key: whole["info"][key] for key in ("title", "version", "license")},
        "x-source": f"{INSIDE} of {PACKAGE}, cut by tools/forge_descriptions.py",
        "paths": plain(paths),
        "components": {},
    }
    left = [*references(made["paths"])]
    while left:
        _, _, kind, name = left.pop().split("/")
        known = made["components"].setdefault(kind, {})
        if name not in known:
            known[name] = plain(whole["components"][kind][name])
            left += references(known[name])
    return made


def plain(part: Any, *, names: bool = False) -> Any:
    """Return *part* without prose; where its keys are *names*, none of them is prose."""
    if isinstance(part, list):
        return [plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if names or not prose(key)}
    return {
        key: value if key in {"example", "enum", "value"} and not names
        else plain(value, names=key in {"properties", "paths"} and not names)
        for key, value in kept.items()
    }  # fmt: skip


def prose(key: str) -> bool:
    """Say whether a key of OpenAPI's only says something to people, or to other tools."""
    return key in PROSE or key == "example" or key.startswith("x-")


def references(part: Any) -> Iterator[str]:
    """Yield what *part* refers to."""
    if isinstance(part, list):
        for each in part:
            yield from references(each)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)


def main() -> None:
    """Write the cut."""
    with tempfile.TemporaryDirectory() as folder:
        whole, licence = fetched(Path(folder))
    CUT.parent.mkdir(exist_ok=True)
    CUT.with_name("LICENSE").write_text(licence, "utf-8")
    CUT.write_text(json.dumps(cut(whole), indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{CUT.name}: {CUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
