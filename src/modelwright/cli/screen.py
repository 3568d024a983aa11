"""What a terminal shows: talk on stderr, results on stdout, colour only where it is wanted."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import typer

from .. import builtin
from ..core.errors import Stop
from ..core.lineage import without_credentials


class Screen:
    """One command's view of the terminal."""

    def __init__(self, *, quiet: bool = False, no_color: bool = False) -> None:
        self._quiet = quiet
        self.plain = no_color or "NO_COLOR" in os.environ or not sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Talk to the user, unless they asked for quiet."""
        if not self._quiet:
            print(printable(text), file=sys.stderr)

    def warn(self, text: str) -> None:
        """Say what the user must not miss, also where they asked for quiet."""
        print(f"{self.paint('warning:', 'yellow')} {printable(text)}", file=sys.stderr)

    def paint(self, text: str, color: str) -> str:
        """Return *text* in *color*, or as it is on a plain screen."""
        return text if self.plain else typer.style(text, fg=color, bold=True)

    @contextmanager
    def progress(self, doing: str, *, talks: bool = False) -> Generator[None]:
        """Show that something long is going on, and how long it took.

        What *talks* prints lines of its own, so the line is left to stand.
        """
        began = time.monotonic()
        if self._quiet or self.plain:
            self.say(f"{doing} ...")
            yield
            return
        print(f"  {doing} ...", end="\n" if talks else "", file=sys.stderr, flush=True)
        try:
            yield
        except BaseException:
            print(f"\r{self.paint('✗', 'red')} {doing}    ", file=sys.stderr)
            raise
        took = f"{time.monotonic() - began:.1f} s"
        print(f"\r{self.paint('✓', 'green')} {doing} {took}", file=sys.stderr)

    def count(self, number: int, total: int) -> None:
        """Show how many of *total* are done, on a terminal only."""
        if not (self._quiet or self.plain):
            end = "\r\033[K" if number == total else ""
            print(f"\r  {number} of {total} ...{end}", end="", file=sys.stderr, flush=True)


def result(text: str) -> None:
    """Print a result for people."""
    print(printable(text))


def result_json(value: Any) -> None:
    """Print a result for programs: one JSON document and nothing else."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def printable(text: str) -> str:
    """Return *text* without control characters, which a template or an answer may hold."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def show_stop(stop: Stop) -> None:
    """Say what happened, why it stops us, and how to go on."""
    screen = Screen(no_color="--no-color" in sys.argv)
    print(f"{screen.paint('error:', 'red')} {printable(stop.what)}", file=sys.stderr)
    if stop.why:
        print(f"  why: {printable(stop.why)}", file=sys.stderr)
    if stop.fix:
        print(f"  fix: {printable(stop.fix)}", file=sys.stderr)


def show_bug(error: BaseException) -> None:
    """Write what a report of our own fault needs, and say where it is."""
    report = "\n".join(
        [
            f"modelwright {builtin.version()}, Python {sys.version.split()[0]}",
            f"on {sys.platform}, called as: {' '.join(map(_without_value, sys.argv[1:]))}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    with tempfile.NamedTemporaryFile(
        "w", prefix="modelwright-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(without_credentials(report))
    message = printable(without_credentials(str(error)))
    print(f"error: {type(error).__name__}: {message}", file=sys.stderr)
    print("  why: this is a fault of modelwright, not of yours", file=sys.stderr)
    print(f"  fix: report it with the log {file.name}", file=sys.stderr)


def _without_value(argument: str) -> str:
    """Return *argument* without the value of an answer, which may be a secret."""
    name, equals, _ = argument.partition("=")
    return f"{name}=..." if equals else argument
