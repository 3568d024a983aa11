"""From nothing to a served model: every step that `modelwright new --run` takes, one by one."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from measure import Command, Cost, Place, Series, in_turn, once
from workshop import Workshop

STAGES = ("data", "validate", "baseline", "train", "evaluate", "gate", "package", "ready")
SERVING = "serving alone"
TRAINING = "with training"
GROUPS = {
    SERVING: ("--no-default-groups",),
    TRAINING: ("--no-default-groups", "--group", "train"),
    "with development, the default": (),
}


@dataclass(frozen=True)
class Step:
    """What was done, what it cost, and the bytes by which the project's folder grew."""

    name: str
    cost: Cost
    added: int


@dataclass(frozen=True)
class Environment:
    """What a team installs of the project, and its bytes before any byte code."""

    name: str
    cost: Cost
    size: int


@dataclass(frozen=True)
class Journey:
    """The project that was made, the steps in order, and what can be installed of it."""

    project: Place
    steps: tuple[Step, ...]
    environments: tuple[Environment, ...]
    imported: Series

    @property
    def pipeline(self) -> float | None:
        """Seconds from the data to the readiness page, None when a stage failed."""
        costs = [step.cost for step in self.steps if step.name.strip("`") in STAGES]
        return None if any(cost.failure for cost in costs) else sum(cost.wall for cost in costs)


def travel(workshop: Workshop, repeats: int) -> Journey:
    """Make a project step by step, beginning with an empty cache of packages."""
    cache = {"UV_CACHE_DIR": str(workshop.root / "cache")}
    cold, place, whole = (workshop.folder(name, **cache) for name in ("cold", "steps", "whole"))
    new: Command = [workshop.tool("modelwright"), "new", "churn", "--defaults", "--quiet"]
    render: Command = [*new, "--no-git", "--no-install"]
    once(render, cold)
    steps = [
        _step("lock and install, empty cache: once for a machine", _sync(workshop), _churn(cold)),
        _step("render", render, place),
        *[_step(name, command, _churn(place)) for name, command in _steps(workshop)],
        _step("all of it once more: `modelwright new --run`", [*new, "--run"], whole),
        _step("`run` again, nothing changed", [".venv/bin/churn", "run"], _churn(whole)),
    ]
    project = _churn(place)
    environments = tuple(_environments(workshop, project))
    python = workshop.root / f"{SERVING}/bin/python"
    imports = [python, "-c", "import churn.serving.serve"]
    imported = in_turn({SERVING: imports}, repeats, workshop.place)
    return Journey(project, tuple(steps), environments, imported[SERVING])


def _steps(workshop: Workshop) -> Generator[tuple[str, Command]]:
    """Yield what `new` does after the rendering, then the stages."""
    yield "start the git repository", ["git", "init", "--quiet"]
    yield "lock and install, warm cache", _sync(workshop)
    run = [workshop.tool("uv"), "run", "--no-sync"]
    yield "install the hooks", [*run, "pre-commit", "install"]
    commit = 'git add --all && git commit --quiet --no-verify --message "Start"'
    yield "make the first commit", ["sh", "-c", commit]
    for stage in STAGES:
        yield f"`{stage}`", [".venv/bin/churn", stage]


def _sync(workshop: Workshop) -> Command:
    return [workshop.tool("uv"), "sync", "--quiet"]


def _churn(place: Place) -> Place:
    return Place(place.folder / "churn", place.environment)


def _environments(workshop: Workshop, project: Place) -> Generator[Environment]:
    for name, groups in GROUPS.items():
        made = workshop.root / name
        variables = {**project.environment, "UV_PROJECT_ENVIRONMENT": str(made)}
        sync = [*_sync(workshop), "--frozen", *groups]
        cost = once(sync, Place(project.folder, variables))
        yield Environment(name, cost, _size(made))


def _step(name: str, command: Command, place: Place) -> Step:
    before = _size(place.folder)
    cost = once(command, place)
    return Step(name, cost, _size(place.folder) - before)


def _size(folder: Path) -> int:
    return sum(Path(at, name).lstat().st_size for at, _, names in os.walk(folder) for name in names)
