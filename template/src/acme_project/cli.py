"""The command line: one module is one command, and only the one called is imported."""

import ast
import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from .errors import Stop

# In the order in which a person meets them. A part that is switched off has no module.
MODULES = {
    "run": "pipeline",
    "data": "data",
    "validate": "validate",
    "baseline": "baseline",
    "train": "train",
    "evaluate": "evaluate",
    "gate": "gate",
    "package": "package",
    "explain": "explain",
    "privacy": "privacy",
    "parity": "parity",
    "capture": "capture",
    "smoke": "smoke",
    "rehearsal": "rehearsal",
    "ready": "ready",
    "milestones": "milestones.command",
    "study": "study",
    "debug": "debug",
    "serve": "serving.serve",
    "ask": "serving.ask",
    "score": "score",
    "monitor": "monitoring.monitor",
    "simulate": "monitoring.simulate",
    "objectives": "monitoring.objectives",
    "retrain": "retrain",
    "promote": "promote",
    "canary": "canary",
    "rollback": "rollback",
    "models": "storage",
}


class Commands(click.Group):
    """Finds the commands that exist, and describes them without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in MODULES if source_of(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        return import_module(f".{MODULES[cmd_name]}", __package__).command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in self.list_commands(ctx)])


def source_of(name: str) -> Path | None:
    """The file that a command lives in, or None when the project has no such part."""
    path = Path(__file__).parent / f"{MODULES[name].replace('.', '/')}.py"
    return path if path.exists() else None


def summary(name: str) -> str:
    """The first line of the command's module."""
    source = source_of(name)
    text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) if source else ""
    return (text or "").partition("\n")[0]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("acme-project"))
def cli() -> None:
    """Train, gate, package and serve the model that contract.toml promises."""


def main(words: list[str] | None = None) -> None:
    """Run the command line; exit 0 yes, 1 no, 2 to put right, 3 a fault, 130 interrupted."""
    try:
        sys.exit(cli.main(words, standalone_mode=False))
    except Stop as stop:
        click.echo(str(stop), err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except Exception:  # noqa: BLE001
        # Python would end with 1, which is a no: a fault of the code answers nothing.
        traceback.print_exc()
        sys.exit(3)
