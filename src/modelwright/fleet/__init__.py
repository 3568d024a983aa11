"""The same over many repositories: failures are rows, and never stop the others."""

from .journal import failed
from .looking import Run
from .report import Gathered, gathered
from .roster import Member, Roster, read
from .status import Row, status
from .steps import Step, planned, save
from .updating import Waves, Wish, foreseen, update
from .workflow import workflow

__all__ = [
    "Gathered",
    "Member",
    "Roster",
    "Row",
    "Run",
    "Step",
    "Waves",
    "Wish",
    "failed",
    "foreseen",
    "gathered",
    "planned",
    "read",
    "save",
    "status",
    "update",
    "workflow",
]
