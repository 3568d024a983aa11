"""Ours against Copier's own command line and against a peer's generator, in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from measure import Command, Place, Series, in_turn
from plans import checks
from workshop import Workshop

HELP = "`modelwright --help`"
COPIER_VERSION = "`copier --version`"
NEW = "`modelwright new --no-git --no-install`"
COPY = "`copier copy` of the same template"
COOKIECUTTER = "`cookiecutter` of kedro's template"
KEDRO = "`kedro new`"
NEW_GIT = "`modelwright new --no-install`"
COPY_GIT = "`copier copy`, then git by hand"

GIT_BY_HAND = "git init --quiet && git add --all && git commit --quiet --message Start"


@dataclass(frozen=True)
class Race:
    """Commands that ran in turn; the first one is ours, and the others are compared with it."""

    title: str
    series: Mapping[str, Series]


def races(workshop: Workshop, repeats: int) -> list[Race]:
    """Run every race; generators see a home of their own, where they leave their settings."""
    home = workshop.root / "home"
    home.mkdir()
    place = workshop.folder("races", HOME=str(home))
    return [
        Race(title, in_turn(commands, repeats, place))
        for title, commands in _commands(workshop, place).items()
    ]


def _commands(workshop: Workshop, place: Place) -> dict[str, dict[str, Command]]:
    ours, copier = workshop.tool("modelwright"), workshop.tool("copier")
    new: Command = [ours, "new", "churn", "--defaults", "--quiet", "--no-install"]
    copy: Command = [
        *[copier, "copy", "--trust", "--defaults", "--quiet"],
        *[workshop.template, "churn"],
    ]
    git_by_hand: Command = ["sh", "-c", f'"$@" && cd churn && {GIT_BY_HAND}', "sh", *copy]
    return {
        "Saying what it can do": {HELP: [ours, "--help"], COPIER_VERSION: [copier, "--version"]},
        "Laying out a repository": {
            NEW: [*new, "--no-git"],
            COPY: copy,
            COOKIECUTTER: _cookiecutter(workshop),
            KEDRO: [
                *[workshop.peer("kedro"), "new", "--name", "churn"],
                *["--tools", "none", "--example", "n", "--telemetry", "no"],
            ],
        },
        "The same with a first commit": {NEW_GIT: new, COPY_GIT: git_by_hand},
        "Checking a plan of milestones": checks(ours, place),
    }


def _cookiecutter(workshop: Workshop) -> Command:
    """Return the call that kedro makes in its own process, without kedro around it."""
    return [
        *[workshop.peer("cookiecutter"), "--no-input", "--default-config"],
        *[workshop.peer_template, "project_name=churn", "kedro_version=1"],
    ]
