"""The workflow that looks at a fleet on many machines of a CI, whose scheduler is the engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from ..core.errors import Stop

CI = Literal["github", "gitlab"]
_HERE = Path(__file__).parent / "workflows"
_MACHINES = {"github": "shard: [{}]", "gitlab": "parallel: {}"}
# What no shell, no YAML and no expression of a CI's reads as anything but a path.
_PLAIN = re.compile(r"(?!-)[\w./-]+", re.ASCII)


def workflow(ci: CI, file: Path, shards: int) -> str:
    """Return the workflow of *ci* for the fleet's *file*, named from the repository's root.

    Raises:
        Stop: the file is not there, or its path says something to a shell.

    """
    if not _PLAIN.fullmatch(str(file)) or file.is_absolute() or ".." in file.parts:
        raise Stop(
            f"`{file}` cannot stand in a workflow",
            why="it is named from the root of its repository, in letters, digits and ._-/",
            fix="call it in that folder, as in: modelwright fleet workflow --fleet fleet.toml",
        )
    if not file.is_file():
        raise Stop(f"there is no `{file}`", fix="name the fleet's file with --fleet")
    machines = ", ".join(map(str, range(1, shards + 1))) if ci == "github" else str(shards)
    text = (_HERE / f"{ci}.yml").read_text("utf-8")
    text = text.replace(_MACHINES[ci].format(1), _MACHINES[ci].format(machines))
    return text.replace("FLEET: fleet.toml", f"FLEET: {file.as_posix()}")
