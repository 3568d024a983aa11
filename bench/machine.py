"""What the figures depend on, without a name or a path of the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from measure import Command
from workshop import ROOT, Workshop

GIGABYTE = 1_000_000_000
DOCUMENT = "docs/benchmarks.md"


def commit() -> str:
    """Return the commit of this checkout, and whether files differ from it."""
    changed = _said(["git", "status", "--porcelain", "--", ".", f":(exclude){DOCUMENT}"])
    known = _said(["git", "rev-parse", "--short", "HEAD"])
    return f"{known} with changes" if changed else known


def facts(workshop: Workshop) -> dict[str, str]:
    """Return the machine and the versions of what ran on it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    return {
        "Processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "Memory": f"{memory:.0f} GB",
        "System": f"{platform.system()} {platform.machine()}",
        "Threads": f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'unset')}",
        "Python": platform.python_version(),
        "git": _said(["git", "--version"]).removeprefix("git version "),
        **_versions(workshop.tool("python"), "modelwright", "copier", "uv"),
        **_versions(workshop.peer("python"), "kedro", "cookiecutter"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")


def _versions(python: Path, *names: str) -> dict[str, str]:
    ask = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return {name: _said([python, "-c", ask, name]) or "not installed" for name in names}


def _said(command: Command) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
