"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OWN_CHECKS = "its own checks"


def spelled_out(arguments: list[str]) -> list[str]:
    """Return *arguments* with a `--verify` that names no command saying so.

    What follows it is the command, unless it is an option or the project's folder.
    """
    found = []
    for word, following in zip(arguments, [*arguments[1:], "-"], strict=True):
        bare = word == "--verify" and (following.startswith("-") or Path(following).is_dir())
        found.append(f"--verify={OWN_CHECKS}" if bare else word)
    return found


Project = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project's folder.")]
To = Annotated[str | None, typer.Option(metavar="VERSION", help="A version, not the latest.")]
Data = Annotated[
    list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="An answer.")
]
Replayed = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A YAML or JSON file of answers, or a replay file."),
]
Defaults = Annotated[bool, typer.Option("--defaults", help="Ask nothing.")]
Commit = Annotated[bool, typer.Option("--commit", help="Commit the result.")]
Branch = Annotated[
    str, typer.Option(metavar="NAME", help="Write a branch; leave the work tree alone.")
]
AllowConflicts = Annotated[
    bool, typer.Option("--allow-conflicts", help="With --branch: also with conflicts.")
]
Resolutions = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="MODELWRIGHT_RESOLUTIONS",
        help="A folder in which the team shares how conflicts were settled.",
    ),
]
AnswersFile = Annotated[
    str, typer.Option(metavar="PATH", help="Where the project records its template.")
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The organisation's policy.")
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Take the copy of the template that was fetched last.")
]
Trust = Annotated[bool, typer.Option("--trust", help="Let the template run its own code.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result and warnings only.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Use no colour.")]
