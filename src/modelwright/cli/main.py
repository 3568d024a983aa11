"""The commands, and the one `try` that turns errors into words and exit codes."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from .. import builtin
from ..core.errors import Stop
from . import adopt, audit, check, diff, explain, fleet, milestones, new, policy, screen, update
from .options import spelled_out

INTERRUPTED = 130

app = typer.Typer(
    name="modelwright",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(new.new)
app.command("update")(update.update)
app.command("check")(check.check)
app.command("diff")(diff.diff)
app.command("adopt")(adopt.adopt)
app.command("audit")(audit.audit)
app.command("explain")(explain.explain)
app.add_typer(milestones.app, name="milestones")
app.add_typer(fleet.app, name="fleet")
app.add_typer(policy.app, name="policy")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"modelwright {builtin.version()}")
        raise typer.Exit


@app.callback()
def _modelwright(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """From research to production on day one, and kept there."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may not know every character
    sys.argv = [*sys.argv[:1], *spelled_out(sys.argv[1:])]
    try:
        app()
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            screen.Screen().say("interrupted; nothing is half-written")
        raise
    except Stop as stop:
        screen.show_stop(stop)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last resort, for our own faults
        screen.show_bug(error)
        sys.exit(3)
