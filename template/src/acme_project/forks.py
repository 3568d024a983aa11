"""Stages as forks of one process that has the libraries loaded, or as fresh ones on Windows."""

import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

from doit.exceptions import TaskFailed

from .cli import main

# What nearly every stage imports, which takes longer than most of them; never code of ours.
LIBRARIES = ["pandas", "scipy.stats", "sklearn.ensemble", "sklearn.linear_model", "skops.io"]

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT = (
    multiprocessing.get_context("forkserver") if FORKS else multiprocessing.get_context("spawn")
)
if FORKS:
    CONTEXT.set_forkserver_preload(LIBRARIES)


def run(words: Sequence[str]) -> TaskFailed | None:
    """Run a command of this project in a process of its own, in this folder."""
    process = CONTEXT.Process(target=alone, args=(Path.cwd(), list(words)))
    process.start()
    process.join()
    return TaskFailed(f"returned {process.exitcode}") if process.exitcode else None


def alone(folder: Path, words: list[str]) -> None:
    """What the process does: stdout is for data, and a stage has none to show."""
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    main(words)
