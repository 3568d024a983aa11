"""A temporary folder with the tools installed as users install them, and nothing else."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from measure import Command, Cost, Place, once

ROOT = Path(__file__).parents[1]
OURS = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "UV_CACHE_DIR"}


@dataclass(frozen=True)
class Workshop:
    """Where tools and trials live, and the environment in which they run."""

    root: Path
    place: Place

    def tool(self, name: str) -> Path:
        """Return a command of ours, or of what modelwright depends on."""
        return self.root / "tools/bin" / name

    def peer(self, name: str) -> Path:
        """Return a command of a peer's."""
        return self.root / "peer/bin" / name

    @property
    def template(self) -> Path:
        """The folder of the built-in template, as the wheel installs it."""
        return self._installed("tools", "modelwright/builtin_template")

    @property
    def peer_template(self) -> Path:
        """The folder of the template that kedro's wheel holds for cookiecutter."""
        return self._installed("peer", "kedro/templates/project")

    def _installed(self, environment: str, name: str) -> Path:
        found = self.root.glob(f"{environment}/lib/python*/site-packages/{name}")
        return next(found, self.root / environment / "not-installed")

    def folder(self, name: str, **variables: str) -> Place:
        """Make a new folder to work in, with more *variables* in its environment."""
        made = self.root / name
        made.mkdir()
        return Place(made, {**self.place.environment, **variables})


@contextmanager
def opened() -> Generator[Workshop]:
    """Yield a workshop without tools; it is gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder)
        identity = root / "gitconfig"
        identity.write_text("[user]\nname = Ada\nemail = ada@example.org\n", "utf-8")
        kept = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith("GIT_")}
        environment = kept | {
            "DO_NOT_TRACK": "1",
            "GIT_CONFIG_GLOBAL": str(identity),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
            "PRE_COMMIT_HOME": str(root / "pre-commit"),
            "TZ": "UTC",
        }
        yield Workshop(root, Place(root, environment))


def equip(workshop: Workshop) -> Cost:
    """Install this checkout, and with it Copier and uv, from a wheel that is built for it."""
    constraints = ROOT / "constraints.txt"
    return _install(workshop, "tools", "--constraint", constraints, ROOT)


def equip_peer(workshop: Workshop) -> Cost:
    """Install kedro, and with it cookiecutter."""
    return _install(workshop, "peer", "kedro")


def _install(workshop: Workshop, name: str, *what: str | Path) -> Cost:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    made = workshop.root / name
    steps: list[Command] = [
        [uv or "uv", "venv", "--quiet", "--python", sys.executable, made],
        [uv or "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", made, *what],
    ]
    costs = [once(step, workshop.place) for step in steps]
    failure = next((cost.failure for cost in costs if cost.failure), "")
    return replace(costs[-1], failure=failure)
