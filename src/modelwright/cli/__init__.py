"""The only place that prints, prompts, reads the clock or chooses an exit code."""

import gc

# A short command makes little rubbish; looking for it costs a sixth of what it imports.
gc.set_threshold(100_000, 50, 50)

from .main import main  # noqa: E402

__all__ = ["main"]
