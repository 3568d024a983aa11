"""What a release takes to run, measured when it is packaged and compared ever after."""

import json
import subprocess  # nosec B404
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import files
from .artifact import GRAPH

RECORD = "record.json"
# By which factor, and by how much besides, a figure must grow: timings vary from run to run.
SLACK = {"artifact_mb": (1.25, 0.1), "p95_ms": (2.0, 1.0), "memory_mb": (1.25, 10.0)}


def measured(models: Path, version: str) -> dict[str, float]:
    """Size, latency (95th percentile of one row) and peak memory, alone in a process."""
    size = round((models / version / GRAPH).stat().st_size / 1e6, 4)
    asked = [sys.executable, "-m", f"{__package__}.probe", str(models), version]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)  # nosec B603
    return {"artifact_mb": size, **json.loads(answer.stdout)}


def recorded(models: Path, *versions: str | None) -> dict[str, Any] | None:
    """The record of the first of *versions* that has one, with its `version`."""
    for version in filter(None, versions):
        if (path := models / version / RECORD).exists():
            return {"version": version, **files.read_json(path, "package")}
    return None


def grown(now: Mapping[str, float], before: Mapping[str, Any]) -> list[str]:
    """Which figures have grown beyond what varies from run to run."""
    return [
        f"{name} is {now[name]:g}, was {before[name]:g} with {before['version']}"
        for name, (factor, more) in SLACK.items()
        if now[name] > before[name] * factor + more
    ]
