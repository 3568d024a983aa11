"""What a project told cruft to leave alone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from ...core.errors import Stop


def patterns(recorded: Iterable[str], read: Callable[[str], str | None]) -> list[str]:
    """Return what is *recorded* to be skipped, and what `[tool.cruft]` in pyproject.toml adds.

    Raises:
        Stop: pyproject.toml cannot be read, or says something else there.

    """
    try:
        found = tomllib.loads(read("pyproject.toml") or "")
        own = [PurePosixPath(each) for each in found["tool"]["cruft"]["skip"]]
    except KeyError:
        own = []
    except (ValueError, TypeError, AttributeError) as error:
        raise Stop(
            f"cannot read `skip` of [tool.cruft] in pyproject.toml: {error}",
            why="it says which files no update may touch",
            fix="correct and commit it, then repeat",
        ) from error
    return [*recorded, *map(str, own)]


def leave_out(root: Path, skipped: Iterable[str]) -> None:
    """Remove from the rendering in *root* what is *skipped*: a path, or a pattern with `*`.

    Raises:
        Stop: one is no pattern.

    """
    gone: set[Path] = set()
    for each in skipped:
        if PurePosixPath(each).is_absolute() or not PurePosixPath(each).parts:
            continue
        try:
            gone |= {*root.glob(each)} if "*" in each else {root / each}
        except ValueError as error:
            raise Stop(f"`skip` names `{each}`: {error}", fix="correct `skip`") from error
    for path in sorted(root.rglob("*"), reverse=True):  # and nothing that is elsewhere
        if gone.isdisjoint((path, *path.parents)):
            continue
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
