"""What may wake somebody, as `alerts.toml` says it: whom, why, and what to do then."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from ..sections import Section

FILE = Path(__file__).parents[1] / "alerts.toml"


class Alert(Section):
    """One alert: the role that answers it, and the section of the runbook to open."""

    title: str
    role: str
    runbook: str
    why: str


def load() -> Mapping[str, Alert]:
    """Every alert, by its id."""
    return TypeAdapter(dict[str, Alert]).validate_python(tomllib.loads(FILE.read_text("utf-8")))
