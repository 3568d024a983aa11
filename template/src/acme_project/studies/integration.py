"""Does a fresh clone go all the way, and to the very same model? (I1, I3, I5)."""

import subprocess  # nosec B404
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .. import artifact, clone, debug, files, served
from ..contract import Contract
from ..paths import Paths

# Rows that are followed step by step, by their line in the prepared table.
LINES = (2, 3, 5, 8, 13, 21)
MOST_SECONDS = 1200


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:
    """Run everything in a fresh clone, with another hash seed, and compare it with what ships.

    `version` and `shipped` are equal when training is reproducible. `debug` is how far the
    steps of single examples are from what the clone's artifact answers in a process of its own.
    """
    shipped = files.read_json(paths.report("package"), "package")["version"]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        there = Paths(Path(name).resolve() / "clone")
        clone.make(paths.root, there.root, [contract.data.source])
        faults = everything(there.root)
        seconds = round(time.perf_counter() - started, 2)
        version, steps = None, None
        if not faults:
            version = artifact.load(there.models).manifest.version
            steps = composed(there, contract)
            faults += [] if there.page.exists() else ["there is no readiness page"]
    found = {"seconds": seconds, "version": version, "shipped": shipped}
    return found | {"debug": steps, "faults": faults}


def everything(root: Path) -> list[str]:
    """What kept `run` from reaching the end; a practice that is red did not."""
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-m", served.PACKAGE, "run"],
            cwd=root,
            env=served.environment(root) | {"PYTHONHASHSEED": "1"},
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"not done within {MOST_SECONDS} s"]
    stopped = done.returncode not in (0, 1)
    return [served.last_lines(done.stderr)] if stopped else []


def composed(there: Paths, contract: Contract) -> dict[str, Any]:
    """How far apart the ways to one probability are, at most."""
    examples = [debug.found(line, there, contract) for line in LINES]
    followed = [debug.follow(cells, one, there) for cells, one in examples]
    asked = [one.records(contract.fairness.thresholds_by)[0] for _, one in examples]
    answers = served.by_file(there.root, asked)
    apart = max(
        abs(probability - answer)
        for row, (answer, _) in zip(followed, answers, strict=True)
        for probability in row.probability.values()
    )
    agreed = all(
        row.decision == decision for row, (_, decision) in zip(followed, answers, strict=True)
    )
    return {"rows": len(LINES), "difference": apart, "same_decisions": agreed}
