"""What a model was made with, and what of it is no longer installed."""

import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version

PYTHON = "python"


def loaded() -> dict[str, str]:
    """The version of Python, and of every distribution that this process has loaded."""
    modules = {name.partition(".")[0] for name in sys.modules}
    owners = packages_distributions()
    names = {each for module in modules - {__package__} for each in owners.get(module, ())}
    return {PYTHON: platform.python_version()} | {name: version(name) for name in sorted(names)}


def changed(recorded: Mapping[str, str]) -> Iterator[tuple[str, str, str | None]]:
    """Those of *recorded* that now have another version: name, version then, version now."""
    for name, was in recorded.items():
        now = platform.python_version() if name == PYTHON else installed(name)
        if now != was:
            yield name, was, now


def installed(name: str) -> str | None:
    """The version of a distribution; None where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
