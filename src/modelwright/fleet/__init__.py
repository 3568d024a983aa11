"""The same over many repositories: failures are rows, and never stop the others."""

from .looking import PATIENCE, Run
from .roster import Member, Roster, read
from .status import Row, status

__all__ = ["PATIENCE", "Member", "Roster", "Row", "Run", "read", "status"]
