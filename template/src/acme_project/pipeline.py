"""Run all stages; those whose inputs have not changed are left alone."""

import os
import runpy
import subprocess  # nosec B404
import sys
import time
from collections.abc import Sequence
from typing import Any

import click
from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain
from doit.exceptions import UnmetDependency
from doit.reporter import ConsoleReporter

from .paths import Paths

# Stages whose no is an answer that the page shows; what others stop at is an error.
JUDGES = {"gate", "package", "explain", "privacy", "parity", "capture", "rehearsal", "smoke"}
# doit's exit code when it cannot make sense of the stages.
NOT_EVEN_BEGUN = 3


class Progress(ConsoleReporter):
    """Tells how long each stage took, and remembers what ran, failed, or broke down."""

    def __init__(self) -> None:
        super().__init__(sys.stderr, {})
        self.ran: list[str] = []
        self.failed: list[str] = []
        self.broken = False
        self.current = ""
        self.started = 0.0

    def execute_task(self, task: Any) -> None:
        self.current = task.name
        self.started = time.perf_counter()

    def skip_uptodate(self, task: Any) -> None:
        """Leave out what was left alone."""

    def add_success(self, task: Any) -> None:
        self.ran.append(task.name)
        click.echo(f"{task.name:10} {time.perf_counter() - self.started:5.1f} s", err=True)

    def add_failure(self, task: Any, fail: Any) -> None:
        if isinstance(fail, UnmetDependency):
            return
        self.failed.append(task.name)
        self.broken |= not (task.name in JUDGES and str(fail.message).endswith("returned 1"))
        if task.name != self.current:
            # It has not even started, so nobody else says why.
            click.echo(f"error: {str(fail.message).rpartition(': ')[2]}", err=True)
            click.echo("  fix: put it back, or correct its path in contract.toml", err=True)
        click.echo(f"{task.name:10} stopped", err=True)

    def complete_run(self) -> None:
        """Leave out the summary: the stage itself has said what is wrong."""


@click.command("run")
def command() -> None:
    """Run the stages of dvc.yaml from the table to the readiness page.

    Exit 1 when a practice is red, 2 when a stage needs something put right.
    """
    paths = Paths.here()
    os.chdir(paths.root)
    progress = stages()
    if progress.broken:
        raise click.exceptions.Exit(stopped("run"))
    if not progress.ran and not progress.failed:
        click.echo("nothing has changed, so nothing was run", err=True)
    # Limits, waivers and days that no stage reads may have changed all the same.
    raise click.exceptions.Exit(ready())


def stopped(command: str) -> int:
    """Say how to go on after a stage that needs something put right."""
    click.echo(
        f"next: put that right, then `acme-project {command}` again",
        err=True,
    )
    return 2


def stages(names: Sequence[str] = ()) -> Progress:
    """Run what is out of date of the pipeline, or of *names*, each stage in its own process.

    Where one stops, those that do not build on it still run, so that no no hides another.
    """
    progress = Progress()
    tasks = runpy.run_path("dodo.py")
    tasks["DOIT_CONFIG"] |= {"reporter": progress, "verbosity": 1}
    code = DoitMain(ModuleTaskLoader(tasks), config_filenames=()).run(["run", "--continue", *names])
    progress.broken |= code == NOT_EVEN_BEGUN
    return progress


def ready() -> int:
    """Judge what the stages reported; the exit code says whether a practice is red."""
    asked = [sys.executable, "-m", "acme_project", "ready"]
    return subprocess.run(asked, check=False).returncode  # nosec B603
