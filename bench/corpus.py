"""Source distributions of real projects: fetched when a measurement runs, and known by hash.

Nothing of them is built, installed or run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from uv import find_uv_bin

from modelwright.core.errors import Stop
from modelwright.core.overlay import inside

_JSON = "application/vnd.pypi.simple.v1+json"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Archive:
    """A source distribution: what it is of, and the hash that it must have."""

    project: str
    version: str
    sha256: str


def unpacked(archive: Archive, cache: Path, into: Path) -> Path:
    """Return the top folder of *archive* below *into*, fetched where *cache* lacks it.

    Raises:
        Stop: the index does not have it, its hash is another, or it is no archive.

    """
    file = cache / f"{archive.sha256}.tar.gz"
    if not file.is_file() or _hash(file.read_bytes()) != archive.sha256:
        content = _fetched(archive)
        cache.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_bytes(content)
        half.replace(file)
    folder = into / archive.project
    shutil.rmtree(folder, ignore_errors=True)
    _unpack(file, folder)
    children = [*folder.iterdir()]
    return children[0] if len(children) == 1 and children[0].is_dir() else folder


def _fetched(archive: Archive) -> bytes:
    """Return the archive's bytes, which have its hash."""
    name = f"{archive.project} {archive.version}"
    page = f"{_index()}/{archive.project}/"
    try:
        listed: Any = json.loads(_got(page, _JSON))
    except ValueError as error:
        raise Stop(
            f"{page} speaks no JSON", why=str(error), fix="name an index that knows PEP 691"
        ) from error
    known = [each for each in listed["files"] if each["hashes"].get("sha256") == archive.sha256]
    if not known:
        raise Stop(
            f"{page} has no file of {name} with the labels' hash",
            why="labels speak of the lines of one archive, and of no other",
            fix="use an index that has it, or label the other one",
        )
    content = _got(urljoin(page, known[0]["url"]), "*/*")
    if (found := _hash(content)) != archive.sha256:
        raise Stop(
            f"what came for {name} is something else",
            why=f"its hash is {found}, and the labels' {archive.sha256}",
            fix="find out who changed it; nothing of it was unpacked",
        )
    return content


def _index() -> str:
    """Return the index that uv is set up for."""
    command = [find_uv_bin(), "pip", "compile", "-", "--quiet", "--no-header", "--emit-index-url"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    return done.stdout.split()[1].rstrip("/")


def _got(address: str, kind: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": kind})  # noqa: S310 - uv's own
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310
            return answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise Stop(
            f"{address} can't be fetched", why=str(error), fix="see whether uv can install"
        ) from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unpack(file: Path, folder: Path) -> None:
    """Write the plain files of an archive: a link, and a path that leads out, is none of them."""
    try:
        with tarfile.open(file) as opened:
            for member in opened:
                content = opened.extractfile(member) if member.isreg() else None
                if content and inside(member.name):
                    place = folder / member.name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content.read())
    except (tarfile.TarError, OSError) as error:
        raise Stop(
            f"{file.name} can't be unpacked", why=str(error), fix="leave its labels out"
        ) from error
