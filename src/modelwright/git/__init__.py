"""The only door to git."""

from .journal import Landing
from .landing import journalled, recover, undo
from .objects import Entry, Tree
from .plumbing import Git
from .repository import Repository, opened
from .start import commit_all, keep, start
from .templates import cache

__all__ = [
    "Entry",
    "Git",
    "Landing",
    "Repository",
    "Tree",
    "cache",
    "commit_all",
    "journalled",
    "keep",
    "opened",
    "recover",
    "start",
    "undo",
]
