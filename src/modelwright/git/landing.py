"""The one step that touches a work tree: journalled, so that whatever stops it can be undone."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ..core.errors import Stop
from .objects import Entry, Tree
from .repository import Repository

JOURNAL = "journal.json"
UNDO = "undo.json"
LOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Landing:
    """What is to be written: the trees before and after, and the conflicts' stages by path.

    *branch* and *commit* are set where HEAD moves too.
    """

    before: str
    after: str
    stages: Mapping[str, Mapping[int, Entry]]
    head: str = ""
    commit: str = ""


@contextmanager
def locked(repo: Repository) -> Generator[None]:
    """Let nobody else write to *repo* meanwhile.

    Raises:
        Stop: somebody else does; the process is named.

    """
    try:
        repo.state.mkdir(exist_ok=True)
    except OSError as error:
        raise Stop(
            f"cannot write to `{repo.folder}`: {error.strerror}", fix="check who may write there"
        ) from error
    holder = repo.state / "holder"
    lock = FileLock(repo.state / "lock")
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        who = holder.read_text("utf-8").strip() if holder.exists() else "another process"
        raise Stop(
            f"`{repo.root}` is being updated by {who}", fix="wait until it is done, then repeat"
        ) from None
    try:
        holder.write_text(f"process {os.getpid()}\n", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def refuse_overwriting(repo: Repository, after: Tree) -> None:
    """Refuse when a file that git does not keep stands where *after* brings another.

    Raises:
        Stop: naming the files.

    """
    before = repo.tree(repo.ours)
    known, hidden = repo.listed()
    incoming = [path for path, entry in after.items() if before.get(path) != entry]
    gone = [path for path in before if path not in after]
    odd = sorted(path for path in [*incoming, *gone] if path in hidden)
    if odd:
        raise Stop(
            f"git was told not to look at {', '.join(odd)}",
            why="the update changes it, and edits of yours could be lost",
            fix="git update-index --no-assume-unchanged --no-skip-worktree FILE, then repeat",
        )
    taken = sorted(
        {path for path in incoming if path not in known and _occupied(repo, path, known)}
    )
    if taken:
        raise Stop(
            f"{len(taken)} files of yours that git does not keep are in the way: "
            f"{', '.join(taken)}",
            why="the new version brings files of these names, and yours would be lost",
            fix="move them away or commit them, then repeat",
        )


def _occupied(repo: Repository, path: str, known: set[str]) -> bool:
    """Whether something that git does not keep stands at *path*, or where a parent would."""
    place = repo.root
    parts = path.split("/")
    for depth, part in enumerate(parts, 1):
        place /= part
        if not os.path.lexists(place):
            return False
        folder = place.is_dir() and not place.is_symlink()
        if depth < len(parts) and not folder:
            return "/".join(parts[:depth]) not in known
        if depth == len(parts) and folder:
            inside = (file for file in place.rglob("*") if not file.is_dir() or file.is_symlink())
            return any(file.relative_to(repo.root).as_posix() not in known for file in inside)
    return True


def journalled(repo: Repository, landing: Landing) -> None:
    """Write *landing* to index and work tree; what interrupts it, `recover` takes back.

    Raises:
        Stop: it could not be written, and all is as it was.

    """
    try:
        _note(repo, JOURNAL, landing)
        _land(repo, landing)
    except BaseException as error:
        recover(repo)
        if isinstance(error, OSError):
            raise Stop(f"cannot write: {error.strerror}; all is as it was") from error
        raise
    _note(repo, UNDO, landing)
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
    landing = _noted(journal)
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
    noted = repo.state / UNDO
    landing = _noted(noted) if noted.exists() else None
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
    _note(repo, JOURNAL, Landing(landing.before, landing.after, {}, landing.head))
    if landing.commit:
        repo.git("update-ref", "-m", "modelwright update --undo", "HEAD", landing.head, head)
    recover(repo)
    noted.unlink()
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


def _note(repo: Repository, name: str, landing: Landing) -> None:
    """Write the journal so that it is on disk before anything else is."""
    handle, made = tempfile.mkstemp(dir=repo.state, prefix=f".{name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(landing), file)
        file.flush()
        os.fsync(file.fileno())
    Path(made).replace(repo.state / name)
    with suppress(OSError):  # Windows opens no folder
        folder = os.open(repo.state, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _noted(path: Path) -> Landing | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        stages = {
            path: {int(number): Entry(**entry) for number, entry in each.items()}
            for path, each in found.pop("stages").items()
        }
        return Landing(**found, stages=stages)
    except (ValueError, TypeError, KeyError):
        return None
