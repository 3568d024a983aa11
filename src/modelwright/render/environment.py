"""The Jinja environment that Copier makes, which compiles no string twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from copier._jinja_ext import SandboxedEnvironment, YieldExtension, get_yield_context
from copier._main import Worker
from copier.errors import UnsafeTemplateError
from jinja2 import Template
from jinja2.ext import Extension

from ..core.errors import Stop

# Filters that Copier brings along and that read the environment or list folders.
_LOOKING_AROUND = ("expanduser", "expandvars", "fileglob", "realpath")


def _refuse_to_look(*_: object) -> str:
    raise UnsafeTemplateError(["a filter that looks at this machine"])


def compiling_once(worker: Worker) -> SandboxedEnvironment:
    """Return Copier's environment, which remembers strings: paths share most of their parts."""
    try:
        environment = worker.jinja_env
    except (ImportError, AttributeError) as error:
        raise Stop(
            f"a Jinja extension of the template is missing: {error}",
            fix="install it beside modelwright",
        ) from error
    if not worker.unsafe:
        for name in _LOOKING_AROUND:
            environment.filters[name] = _refuse_to_look
    compiled = lru_cache(maxsize=None)(environment.from_string)
    marked = _marked(environment)

    def from_string(source: str) -> Template | Plain:
        forget_loop(environment)
        plain = marked is not None and isinstance(source, str) and not marked.search(source)
        return Plain(source) if plain else compiled(source)

    environment.from_string = from_string  # ty: ignore[invalid-assignment]
    return environment


def forget_loop(environment: SandboxedEnvironment) -> None:
    """Forget the loop of the last path, as Copier does whenever it compiles anew."""
    loop = get_yield_context(environment)
    loop.yield_name = loop.yield_iterable = None


@dataclass(frozen=True)
class Plain:
    """A string in which nothing is to be rendered."""

    text: str

    def render(self, *_: Any, **__: Any) -> str:
        """Return the string."""
        return self.text


def _marked(environment: SandboxedEnvironment) -> re.Pattern[str] | None:
    """Return what a string has if Jinja may change it; None where an extension may change any."""
    for each in environment.iter_extensions():
        reads = (type(each).preprocess, type(each).filter_stream)
        if (
            reads != (Extension.preprocess, Extension.filter_stream)
            and type(each) is not YieldExtension
        ):
            return None
    starts = (
        environment.block_start_string,
        environment.variable_start_string,
        environment.comment_start_string,
        environment.line_statement_prefix,
        environment.line_comment_prefix,
    )
    return re.compile("|".join(["\r", "\n", *(re.escape(each) for each in starts if each)]))
