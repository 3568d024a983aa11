"""Imports that wait until somebody calls what was imported."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Waiting(ModuleType):
    """A module whose names can be imported from it, each of which is yet to come."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*arguments: Any, **named: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*arguments, **named)

        return call


@contextmanager
def deferred(*names: str) -> Generator[None]:
    """Let what is imported meanwhile take from the modules *names* without importing them."""
    waiting = {name: _Waiting(name) for name in names if name not in sys.modules}
    sys.modules.update(waiting)
    try:
        yield
    finally:
        for name in waiting:
            del sys.modules[name]
