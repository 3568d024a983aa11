"""How much of the code of features and model do its own unit tests run? (D7, I2)."""

import json
import re
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path
from typing import Any

from .. import served
from ..contract import Contract
from ..paths import Paths

# What is tested, and by which tests: those of whole pipelines would run any line.
SUBJECTS = {
    "features": ("preparation", "pseudonyms", "rows", "table"),
    "model": (
        "classification",
        "conversion",
        "crossfit",
        "fairness",
        "gate",
        "thresholds",
        "value",
    ),
}
TESTS = ("classification", "conversion", "crossfit", "fairness", "gate", "table", "value")


def measure(paths: Paths, contract: Contract) -> dict[str, Any]:  # noqa: ARG001
    """Whether the unit tests pass, and the share of lines that they run, by subject."""
    tests = [f"tests/test_{name}.py" for name in TESTS]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        source = paths.root / "src" / served.PACKAGE
        asked = [
            "run",
            f"--source={source}",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *tests,
        ]
        done = covered(data, asked, paths)
        covered(data, ["json", "-q", "-o", f"{folder}/lines.json"], paths)
        lines = json.loads((Path(folder) / "lines.json").read_text("utf-8"))["files"]
    passed = re.search(r"(\d+) passed", done.stdout)
    return {
        "passed": int(passed[1]) if passed else 0,
        "faults": [done.stdout.strip().splitlines()[-1]] if done.returncode else [],
        "covered": {subject: share(modules, lines) for subject, modules in SUBJECTS.items()},
    }


def covered(data: Path, words: list[str], paths: Paths) -> subprocess.CompletedProcess[str]:
    """Run a command of coverage.py."""
    return subprocess.run(  # nosec B603
        [sys.executable, "-m", "coverage", *words],
        cwd=paths.root,
        env=served.environment(paths.root) | {"COVERAGE_FILE": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def share(modules: tuple[str, ...], lines: dict[str, Any]) -> dict[str, float]:
    """The share of each module's lines that ran; and of all of them."""
    paths = {Path(name): file["summary"] for name, file in lines.items()}
    found = {path.stem: one for path, one in paths.items() if path.parent.name == served.PACKAGE}
    mine = {name: found[name] for name in modules}
    total = sum(each["num_statements"] for each in mine.values())
    ran = sum(each["covered_lines"] for each in mine.values())
    each = {name: round(one["percent_covered"] / 100, 3) for name, one in mine.items()}
    return each | {"all": round(ran / total, 3)}
