"""Pull requests on GitHub and GitLab, by their HTTP APIs, and listings by their own programs."""

from .api import TOKENS, Forge
from .listing import Listed, Organisation, listed
from .proposals import Project, Proposal, project

__all__ = [
    "TOKENS",
    "Forge",
    "Listed",
    "Organisation",
    "Project",
    "Proposal",
    "listed",
    "project",
]
