"""Pull requests on GitHub and GitLab, by their HTTP APIs."""

from .api import TOKENS, Forge
from .proposals import Project, Proposal, project

__all__ = ["TOKENS", "Forge", "Project", "Proposal", "project"]
