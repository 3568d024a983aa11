"""Records of what takes too long for CI: `just soak` writes them, and stale ones are named.

Run as a script it names each record that is older than the code that it covers.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "docs/soak"
SOAKING = "SOAK" in os.environ


def record(name: str, covers: list[str], **figures: object) -> None:
    """Write what a long run found, with its date and the commit that it ran on."""
    content = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": _git("rev-parse", "HEAD").strip(),
        "covers": covers,
        **figures,
    }
    RECORDS.mkdir(exist_ok=True)
    (RECORDS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


def stale() -> Iterator[str]:
    """Yield a line for each record whose code has changed since."""
    for path in sorted(RECORDS.glob("*.json")):
        found = json.loads(path.read_text())
        try:
            later = _git("rev-list", "--count", f"{found['commit']}..HEAD", "--", *found["covers"])
        except subprocess.CalledProcessError:
            later = "unknown"
        if later.strip() != "0":
            yield f"{path.stem}: {found['date']}, {later.strip()} commits ago; repeat `just soak`"


def _git(*arguments: str) -> str:
    command = ["git", "-C", ROOT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    for line in stale():
        print(f"stale record: {line}")
