"""The only door to git."""

from .landing import Landing, journalled, recover, undo
from .objects import Entry, Tree
from .plumbing import Git
from .repository import Repository, opened
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
