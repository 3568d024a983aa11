"""Chance that comes out alike in two renderings of one update, and never in two updates.

What a template draws by chance then is no change: the project keeps what it drew at first.
"""

from __future__ import annotations

import hashlib
import os
import random


class Entropy:
    """Bytes that follow from a secret seed and from what they are drawn for."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0
        self._purpose = b""
        self._fresh: object = None
        self._used = False

    def __call__(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        self._drawn += 1
        key = self._seed + self._drawn.to_bytes(8) + self._purpose
        return hashlib.shake_256(key).digest(size)

    def start(self, purpose: str) -> None:
        """Draw for *purpose* from now on."""
        self._used = self.used
        self._drawn, self._purpose = 0, purpose.encode("utf-8", "surrogateescape")
        random.seed(self(32))
        self._fresh = random.getstate()

    @property
    def used(self) -> bool:
        """Say whether anything was drawn so far."""
        moved = self._fresh is not None and random.getstate() != self._fresh
        return self._used or moved or self._drawn > 1  # the first one seeds `random`

    def install(self) -> None:
        """Be the only source of chance in this process, which must be one of its own."""
        os.urandom = self  # ty: ignore[invalid-assignment]
        random._urandom = self  # ty: ignore[missing-attribute]
        self.start("")
