"""How conflicts were settled before: git's own rerere, in a repository made for it alone."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .plumbing import Git

# By git's name for a conflict: what it looked like, and what became of it.
Resolutions = Mapping[str, Mapping[str, bytes]]
_ID = re.compile(r"[0-9a-f]{40}")
_IMAGE = re.compile(r"(pre|post)image(\.\d+)?")


@dataclass(frozen=True)
class Conflict:
    """A file with conflict markers, and what base, ours and theirs have (stages 1, 2, 3)."""

    marked: bytes
    stages: Mapping[int, bytes]


def replay(conflicts: Sequence[Conflict], known: Resolutions) -> list[bytes | None]:
    """Return each file as its conflicts were settled before; None where one of them was not."""
    if not (conflicts and known):
        return [None] * len(conflicts)
    with _bench(conflicts) as git:
        write(git.folder / ".git/rr-cache", known)
        git("rerere")
        found = [(git.folder / str(n)).read_bytes() for n in range(len(conflicts))]
    pairs = zip(found, conflicts, strict=True)
    return [None if text == conflict.marked else text for text, conflict in pairs]


def record(conflicts: Sequence[Conflict], settlements: Sequence[bytes]) -> Resolutions:
    """Return how *conflicts* were settled; one that still has its markers is left out."""
    with _bench(conflicts) as git:
        git("rerere")
        for number, text in enumerate(settlements):
            (git.folder / str(number)).write_bytes(text)
        git("rerere")
        return read(git.folder / ".git/rr-cache")


def read(place: Path) -> Resolutions:
    """Return the resolutions kept in a folder, which is laid out as git's `rr-cache`."""
    found = {}
    for folder in sorted(place.glob("*")):
        if _ID.fullmatch(folder.name) and folder.is_dir():
            images = {file.name: file for file in folder.iterdir() if _IMAGE.fullmatch(file.name)}
            found[folder.name] = {name: file.read_bytes() for name, file in images.items()}
    return {name: images for name, images in found.items() if "postimage" in images}


def write(place: Path, resolutions: Resolutions) -> None:
    """Keep *resolutions* in a folder, each wholly or not at all."""
    if not resolutions:
        return
    place.mkdir(parents=True, exist_ok=True)
    for name, images in resolutions.items():
        with tempfile.TemporaryDirectory(dir=place, prefix=".", ignore_cleanup_errors=True) as made:
            fresh = Path(made, "fresh")
            fresh.mkdir()
            for image, content in images.items():
                (fresh / image).write_bytes(content)
            if (place / name).exists():
                (place / name).rename(Path(made, "former"))
            fresh.rename(place / name)


@contextmanager
def _bench(conflicts: Sequence[Conflict]) -> Generator[Git]:
    """Yield git in a folder where each conflict is a file that is named by its number."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        own = {"core.autocrlf": "false", "core.safecrlf": "false", "rerere.enabled": "true"}
        git = Git(Path(made), {**Git(Path(made)).settings, **own})
        git("init", "--quiet", "--template=", "--object-format=sha1")
        (git.folder / ".git/rr-cache").mkdir()
        stages, paths = [], []
        for number, conflict in enumerate(conflicts):
            (git.folder / str(number)).write_bytes(conflict.marked)
            for stage, content in conflict.stages.items():
                path = git.folder / ".git" / f"{number}-{stage}"
                path.write_bytes(content)
                paths.append(f"{path}\n")
                stages.append((stage, number))
        oids = git("hash-object", "-w", "--no-filters", "--stdin-paths", text="".join(paths))
        rows = zip(oids.split(), stages, strict=True)
        told = "".join(f"100644 {oid} {stage}\t{number}\n" for oid, (stage, number) in rows)
        git("update-index", "--index-info", text=told)
        yield git
