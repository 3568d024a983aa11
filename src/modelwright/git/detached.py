"""A repository of somebody else's, of which only what is committed counts."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import Stop
from .plumbing import Git, refuse_old
from .repository import Repository
from .templates import mirror

# What a repository's settings name is never run, and nothing is fetched in its name.
_DEAF = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}


def mirrored(url: str, *, offline: bool = False) -> Path:
    """Return the folder of a bare copy of the repository at *url*, brought up to date.

    Raises:
        Stop: it cannot be reached.

    """
    return Path(mirror(url, offline=offline, kind="fleet").environment["GIT_DIR"])


def detached(place: Path, room: Path) -> Repository:
    """Return the repository, bare or not, that *place* is in, and let nothing of it run.

    Its work tree is the new folder *room*, with the attributes that a checkout would have.

    Raises:
        Stop: there is none, git does not trust its owner, or it has no commit.

    """
    if not place.is_dir():
        raise Stop(f"there is no folder `{place}`", fix="correct it in the fleet's file")
    git = Git(place).among(**_DEAF)
    code, out = git.ask("rev-parse", "--path-format=absolute", "--git-dir", "--git-path", "objects")
    if code:
        refuse_old()
        raise Stop(f"`{place}` is no git repository: {out}", fix="correct it in the fleet's file")
    folder, objects = out.split("\n")[:2]
    room.mkdir(parents=True)
    git = Git(room).among(**_DEAF, GIT_DIR=folder, GIT_WORK_TREE=str(room)).tamed()
    repo = Repository(git, room, Path(folder), _prefix(place, Path(folder)), Path(objects))
    for path, entry in repo.tree(repo.ours).items():
        plain = entry.mode.startswith("100") and not {"..", "."} & {*path.split("/")}
        if plain and path.rpartition("/")[2] == ".gitattributes":
            (room / path).parent.mkdir(parents=True, exist_ok=True)
            (room / path).write_bytes(repo.text(entry).encode("utf-8", "surrogateescape"))
    return repo


def _prefix(place: Path, folder: Path) -> str:
    """Return where *place* is in its repository, whatever `core.worktree` says."""
    if folder.resolve() == place.resolve():
        return ""
    root = next(each for each in (place, *place.parents) if (each / ".git").exists())
    return "" if root == place else f"{place.relative_to(root).as_posix()}/"
