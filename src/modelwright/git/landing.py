"""The one step that touches a work tree: journalled, so that whatever stops it can be undone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from ..core.errors import Stop
from .journal import JOURNAL, UNDO, Landing, note, noted
from .objects import Entry
from .repository import Repository


def journalled(repo: Repository, landing: Landing) -> None:
    """Write *landing* to index and work tree; what interrupts it, `recover` takes back.

    Raises:
        Stop: it could not be written, and all is as it was.

    """
    repo.git.write()  # what the journal names is there
    try:
        note(repo.state / JOURNAL, landing)
        _land(repo, landing)
    except BaseException as error:
        recover(repo)
        if isinstance(error, OSError):
            raise Stop(
                f"cannot write: {error.strerror}; all is as it was",
                fix="free some space, or check who may write there, and repeat",
            ) from error
        raise
    note(repo.state / UNDO, landing)
    (repo.state / JOURNAL).unlink()


def _land(repo: Repository, landing: Landing) -> None:
    # A copied or touched file is the same to a person, and to git only once it has looked.
    repo.git.ask("update-index", "-q", "--refresh")
    repo.git("read-tree", "-m", "-u", landing.before, landing.after)
    if landing.stages:
        repo.git("update-index", "-z", "--index-info", text="".join(_staged(landing)))
    if landing.commit:
        repo.git("update-ref", "-m", "modelwright update", "HEAD", landing.commit, landing.head)


def _staged(landing: Landing) -> Generator[str]:
    for path, stages in landing.stages.items():
        empty = "0" * len(next(iter(stages.values())).oid)
        yield f"0 {empty}\t{path}\0"
        for number, entry in sorted(stages.items()):
            yield f"{entry.mode} {entry.oid} {number}\t{path}\0"


def recover(repo: Repository) -> str:
    """Take back a landing that was interrupted; say what was done, or "" where there was none."""
    journal = repo.state / JOURNAL
    if not journal.exists():
        return ""
    landing = noted(journal)
    if landing is None:
        journal.unlink()
        return ""
    with suppress(FileNotFoundError):
        (repo.folder / "index.lock").unlink()
    if landing.commit and repo.git("rev-parse", "HEAD").strip() == landing.commit:
        journal.unlink()
        return "the last update was interrupted after its end: it stands"
    kept = _restore(repo, landing)
    journal.unlink()
    said = "the last update was interrupted: everything is as it was before it"
    return said + (f"; edited since, and left alone: {', '.join(kept)}" if kept else "")


def _restore(repo: Repository, landing: Landing) -> list[str]:
    """Bring every path that the landing changes back to what it was.

    A file that holds neither state, nor the beginning of the new one, was edited since: it stays.
    """
    before, after = repo.tree(landing.before), repo.tree(landing.after)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    kept = [path for path in changed if _edited(repo, path, before.get(path), after.get(path))]
    repo.git("read-tree", landing.before)
    for path in changed:
        if path not in before and path not in kept:
            _remove(repo.root, path)
    back = [path for path in changed if path in before and path not in kept]
    repo.git("checkout-index", "-f", "-z", "--stdin", text="".join(f"{path}\0" for path in back))
    repo.git.ask("update-index", "-q", "--refresh")
    return kept


def _edited(repo: Repository, path: str, old: Entry | None, new: Entry | None) -> bool:
    place = repo.root / path
    if not os.path.lexists(place) or place.is_dir():
        return False
    if place.is_symlink():
        found = os.fsencode(place.readlink())
        return found not in (_content(repo, old), _content(repo, new))
    code, said = repo.git.ask("hash-object", "--path", path, "--stdin", text=place.read_bytes())
    if not code and said.strip() in {entry.oid for entry in (old, new) if entry}:
        return False
    return not (_content(repo, new) or b"").startswith(place.read_bytes())


def _content(repo: Repository, entry: Entry | None) -> bytes | None:
    if entry is None or entry.mode == "160000":
        return None
    return repo.git("cat-file", "blob", entry.oid).encode("utf-8", "surrogateescape")


def _remove(root: Path, path: str) -> None:
    place = root / path
    if place.is_dir() and not place.is_symlink():
        return
    place.unlink(missing_ok=True)
    for parent in place.parents:
        if parent == root:
            break
        with suppress(OSError):
            parent.rmdir()


def undo(repo: Repository) -> str:
    """Take back the last landing, and return the tree that is there again.

    Raises:
        Stop: there is none, or something was changed since.

    """
    last = repo.state / UNDO
    landing = noted(last) if last.exists() else None
    if landing is None:
        raise Stop("there is no update to take back", fix="`git log` shows older ones")
    head = repo.git("rev-parse", "HEAD").strip()
    if head != (landing.commit or landing.head):
        raise Stop(
            "something was committed since the update",
            why="taking it back could lose that",
            fix=f"git revert, or git reset --hard {landing.head} if it may go",
        )
    edited = _differing(repo, landing)
    if edited:
        raise Stop(
            f"{len(edited)} files were changed since the update: {', '.join(edited)}",
            why="taking it back would lose that",
            fix="put them away with `git stash`, then repeat",
        )
    note(repo.state / JOURNAL, Landing(landing.before, landing.after, {}, landing.head))
    if landing.commit:
        repo.git("update-ref", "-m", "modelwright update --undo", "HEAD", landing.head, head)
    recover(repo)
    last.unlink()
    return landing.before


def _differing(repo: Repository, landing: Landing) -> list[str]:
    """The files of the work tree that are not as the landing left them."""
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        shutil.copy(repo.folder / "index", f"{made}/index")
        git = repo.git.among(GIT_INDEX_FILE=f"{made}/index")
        git("read-tree", landing.after)
        git.ask("update-index", "-q", "--refresh")
        out = git("diff-files", "--name-only", "-z")
    return sorted(filter(None, out.split("\0")))
