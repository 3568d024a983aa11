"""Train again, on the table and on what turned out since."""

import os
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import tomlkit

from . import artifact, clone, files, served, table
from .contract import Contract
from .errors import Stop
from .grown import NEWEST, ORIGIN, Grown, grow
from .outcomes import Outcomes
from .paths import Paths

GROWN = "data/grown.csv"
# The clone's reports, as long as the next retraining has not replaced them.
KEPT = "retrained"
# A promise that somebody is late with says nothing about a model.
DEADLINES = "P9"


@click.command("retrain")
@click.option("--outcomes", "address", default="", help="Database, instead of OUTCOMES_URL.")
def command(address: str) -> None:
    """Run the pipeline in a clone whose table has grown, and package what passes its gates.

    The model in use stays in use. Exit 1 when no better one was found, and the page says why.
    """
    paths = Paths.here()
    contract = Contract.load(paths.contract)
    used = artifact.load(paths.models).manifest
    source = paths.root / contract.data.source
    answers = [each for each in Outcomes(address).captured() if each.role != "shadow"]
    grown = grow(table.read_text(source), answers, used.created, contract)
    click.echo(f"{grown.known} rows came back to train on, {grown.newest} to judge by", err=True)
    with tempfile.TemporaryDirectory() as name:
        there = Paths(Path(name).resolve() / "clone")
        prepare(there, paths, grown, used)
        code = run(there, paths)
        keep_reports(there, paths)
        if code > 1:
            raise Stop("the pipeline stopped in the clone", fix="mend what it says above")
        version = accepted(there)
        home = paths.models / version
        if not (home / artifact.GRAPH).exists():
            shutil.copytree(there.models / version, home, dirs_exist_ok=True)
    click.echo(f"{version} is packaged; {used.version} is still in use")
    click.echo(f"next: acme-project canary start {version}", err=True)


def prepare(there: Paths, paths: Paths, grown: Grown, used: artifact.Manifest) -> None:
    """Lay out the clone: the grown table, a contract that reads it, and the model in use."""
    clone.make(paths.root, there.root)
    files.write(there.root / GROWN, grown.text.encode())
    document = tomlkit.parse(there.contract.read_text("utf-8"))
    document["data"]["source"] = GROWN
    document["data"].pop("holdout", None)
    if grown.newest:
        holdout = {"column": ORIGIN, "values": [NEWEST], "after": used.created}
        document["data"]["holdout"] = tomlkit.item(holdout)
    files.write(there.contract, tomlkit.dumps(document).encode())
    shutil.copytree(paths.models / used.version, there.models / used.version, dirs_exist_ok=True)
    files.write(there.models / artifact.CURRENT, f"{used.version}\n".encode())
    if paths.pseudonym_key.exists():
        shutil.copy(paths.pseudonym_key, there.pseudonym_key)


def run(there: Paths, paths: Paths) -> int:
    """The exit code of the pipeline in the clone, which says what it does as it goes.

    The clone has no history of its own: the manifest names the commit that it is a clone of.
    """
    return subprocess.run(  # nosec B603
        [sys.executable, "-m", served.PACKAGE, "run"],
        cwd=there.root,
        env=served.environment(there.root) | {"GIT_DIR": git_folder(paths.root)},
        stdout=sys.stderr,
        check=False,
    ).returncode


def git_folder(root: Path) -> str:
    """Where git keeps the history of *root*; a name that is not there outside a repository."""
    return clone.git(["rev-parse", "--absolute-git-dir"], root).strip() or os.devnull


def keep_reports(there: Paths, paths: Paths) -> None:
    """Put the clone's reports beside those of the project."""
    kept = paths.reports / KEPT
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(there.reports, kept)


def accepted(there: Paths) -> str:
    """The version that was packaged, unless a gate is red or the model in use is better.

    Raises:
        click.exceptions.Exit: with 1, after a sentence that says why nothing is accepted.
    """
    champion = files.read_json(there.report("gate"), "gate")["champion"]
    practices = files.read_json(there.report("readiness"), "ready")["practices"]
    red = {each["id"] for each in practices if each["status"] == "red"} - {DEADLINES}
    if red:
        raise refused(f"red is {', '.join(sorted(red))}")
    compared = files.read_json(there.report("evaluate"), "evaluate")["production"]
    if compared:
        uplift = compared["uplift"][champion]
        click.echo(said(champion, compared, uplift), err=True)
        if uplift["high"] < 0:
            raise refused(f"{compared['version']} is better beyond doubt")
    return files.read_json(there.report("package"), "package")["version"]


def said(champion: str, compared: dict[str, Any], uplift: dict[str, float]) -> str:
    """How the newcomer did on the newest rows."""
    return (
        f"on the newest rows {champion} is worth {uplift['mean']:+.2f} "
        f"[{uplift['low']:+.2f}, {uplift['high']:+.2f}] a row beside {compared['version']}"
    )


def refused(why: str) -> click.exceptions.Exit:
    """Say why nothing is packaged."""
    click.echo(f"nothing is packaged: {why}; see reports/{KEPT}/index.html")
    return click.exceptions.Exit(1)
