"""The only place that prints, prompts, reads the clock or chooses an exit code."""

import gc
import sys

from .. import aside

__all__ = ["main"]

# A short command makes little rubbish; looking for it costs a sixth of what it imports.
gc.set_threshold(100_000, 50, 50)
_RENDERS = {"check", "diff", "new", "update"}
_RENDERS_NOT = {"-h", "--help", "--undo"}


def main() -> None:
    """Run the command line and leave with its exit code."""
    if _RENDERS.intersection(sys.argv[1:2]) and _RENDERS_NOT.isdisjoint(sys.argv):
        aside.begin(_prepare)
    from .main import main as run

    run()


def _prepare() -> None:
    """Import what a rendering needs, while the command is read and git is asked."""
    from .. import render, sides  # noqa: F401

    render.prepare()
