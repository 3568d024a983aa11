"""Record the template as it is committed, so that later wheels can update projects made from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from modelwright import builtin

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Record the present version, once: a release never changes."""
    version = builtin.version()
    if version in builtin.releases():
        print(f"{version} is recorded already; give the next version in pyproject.toml")
        return 1
    command = ["git", "ls-files", "-z", "copier.yml", "template"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    place = builtin.pack(version, ROOT, filter(None, done.stdout.split("\0")))
    print(f"recorded {place.relative_to(ROOT)}: commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
