"""The only place that prints, prompts, reads the clock or chooses an exit code."""

from .main import main

__all__ = ["main"]
