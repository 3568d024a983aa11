"""Gather the expensive evidence; studies whose inputs have not changed are left alone."""

import os
from datetime import UTC, datetime
from importlib import import_module

import click

from . import evidence
from .contract import Contract
from .paths import Paths
from .pipeline import ready, stages, stopped


@click.command("study")
@click.argument("names", nargs=-1)
@click.option("--alone", is_flag=True, help="Measure here and now, and bring nothing up to date.")
def command(names: tuple[str, ...], alone: bool) -> None:  # noqa: FBT001
    """Run the studies of studies/dvc.yaml, or only NAMES, and end with the readiness page.

    Exit 1 when a practice is red, 2 when a stage or study needs something put right.
    """
    paths = Paths.here()
    os.chdir(paths.root)
    known = list(evidence.declared(paths, evidence.STUDIES))
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no study is called {unknown[0]}; there are {', '.join(known)}")
    if alone:
        for name in names:
            measured(name, paths)
        return
    if stages().broken:
        raise click.exceptions.Exit(stopped("study"))
    studied = stages(names or known)
    judged = ready()
    raise click.exceptions.Exit(stopped("study") if studied.broken else judged)


def measured(name: str, paths: Paths) -> None:
    """Let one study measure, and keep what it found with the day on which it did."""
    study = import_module(f".studies.{name}", __package__)
    report = study.measure(paths, Contract.load(paths.contract))
    made = {"made": datetime.now(UTC).date().isoformat()}
    evidence.keep(name, made | report, paths)
