"""What stages and studies reported, and whether it still speaks of today's inputs."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from . import files
from .paths import Paths

# The pipeline, and the studies that take too long for every run.
STUDIES = "studies/dvc.yaml"
DECLARED = ("dvc.yaml", STUDIES)


def declared(paths: Paths, *names: str) -> dict[str, dict[str, Any]]:
    """Every stage and study by name, with what it reads and writes; or those of files *names*."""
    found: dict[str, dict[str, Any]] = {}
    for name in names or DECLARED:
        if (paths.root / name).exists():
            found |= yaml.safe_load((paths.root / name).read_text("utf-8"))["stages"]
    return found


def fingerprint(stage: dict[str, Any], paths: Paths) -> str:
    """The hash of all that a stage reads: code, data, and its sections of the contract."""
    contract = tomllib.loads(paths.contract.read_text("utf-8"))
    sections = [contract.get(name) for name in stage["params"][0]["contract.toml"]]
    digest = hashlib.sha256(json.dumps(sections, default=str).encode())
    for name in sorted(stage["deps"]):
        path = paths.root / (contract["data"]["source"] if name == "${data.source}" else name)
        digest.update(path.read_bytes() if path.is_file() else b"absent")
    return digest.hexdigest()


def keep(stage: str, report: dict[str, Any], paths: Paths) -> None:
    """Write what *stage* found, tied to the inputs that it found it in."""
    inputs = fingerprint(declared(paths)[stage], paths)
    files.write_json(paths.report(stage), report | {"inputs": inputs})


@dataclass(frozen=True)
class Evidence:
    """The reports that exist under *root*, by stage, and the names of those that are stale."""

    root: Path
    reports: dict[str, dict[str, Any]]
    stale: frozenset[str] = frozenset()

    @cached_property
    def champion(self) -> str | None:
        """The rung that the gate chose."""
        return self.reports["gate"]["champion"]

    @cached_property
    def packaged(self) -> str | None:
        """The rung that was packaged, whatever the gate said; None when nothing may ship."""
        made = self.reports.get("package")
        return made["rung"] if made and self.champion else None

    @cached_property
    def shipped(self) -> str | None:
        """The rung that was packaged, unless it says something else than what was trained."""
        return None if not self.packaged or self.unlike else self.packaged

    @cached_property
    def unlike(self) -> tuple[str, ...]:
        """How the artifact departs from the trained model."""
        return tuple(self.reports["package"]["parity"]["faults"])

    @cached_property
    def policies(self) -> dict[str, dict[str, Any]]:
        """What each policy is worth."""
        return self.reports["evaluate"]["policies"]

    @cached_property
    def shipped_policy(self) -> dict[str, Any] | None:
        """What the packaged model is worth; None before anything is measured or packaged."""
        if self.absent(("evaluate", "gate", "package")) or self.shipped is None:
            return None
        return self.policies[self.shipped]

    def absent(self, needed: tuple[str, ...]) -> list[str]:
        """Those of *needed* that have not reported."""
        return [name for name in needed if name not in self.reports]

    def outdated(self, needed: tuple[str, ...]) -> list[str]:
        """Those of *needed* whose inputs have changed since."""
        return [name for name in needed if name in self.stale]


def gathered(paths: Paths) -> Evidence:
    """All reports that exist; stale is whose inputs changed, or who builds on one such."""
    stages = declared(paths)
    made = {name: paths.report(name) for name in stages if paths.report(name).exists()}
    reports = {name: files.read_json(path, name) for name, path in made.items()}
    makers = {out: name for name, stage in stages.items() for out in stage["outs"]}
    stale: set[str] = set()
    for name, stage in stages.items():
        built_on = {makers[path] for path in stage["deps"] if path in makers}
        changed = name in reports and reports[name].get("inputs") != fingerprint(stage, paths)
        if changed or built_on & stale:
            stale.add(name)
    return Evidence(paths.root, reports, frozenset(stale))
