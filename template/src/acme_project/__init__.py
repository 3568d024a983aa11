"""From a table to a gated model in service; `contract.toml` says what it must be worth."""

import os

# One busy core beats two that wait for each other: trees train ten times slower otherwise.
# Numeric libraries read this when they are loaded, so it stands before all of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
