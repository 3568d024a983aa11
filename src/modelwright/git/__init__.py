"""The only door to git."""

from .landing import Landing, journalled, recover, undo
from .plumbing import Git
from .repository import Entry, Repository, Tree, opened
from .start import commit_all, start

__all__ = [
    "Entry",
    "Git",
    "Landing",
    "Repository",
    "Tree",
    "commit_all",
    "journalled",
    "opened",
    "recover",
    "start",
    "undo",
]
