"""The template that ships with the tool, in the wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parent / "builtin_template"
_CHECKOUT = Path(__file__).parents[2]


def folder() -> Path:
    """Return the folder that holds `copier.yml` and `template/`."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def version() -> str:
    """Return the version that a rendering records: the tool and its template go together."""
    from importlib import metadata  # half of what `--help` would cost

    return metadata.version("modelwright")
