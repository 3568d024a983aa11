"""What Copier, Jinja and git raise, in words that say how to go on."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from copier.errors import CopierError, UnsafeTemplateError
from jinja2 import TemplateError
from plumbum import ProcessExecutionError

from ..core.errors import Stop
from ..core.lineage import Source, without_credentials

# What an expression of a template raises when it is wrong.
_FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError)


@contextmanager
def explained(source: Source) -> Generator[None]:
    """Turn what Copier, Jinja and git raise into a `Stop` that says how to go on."""
    try:
        yield
    except UnsafeTemplateError as error:
        raise Stop(
            f"`{source}` wants to run code: {without_credentials(str(error))}",
            why="nothing of a template runs unless you trust its source",
            fix="read the template, then add --trust",
        ) from error
    except ProcessExecutionError as error:
        reason = str(error.stderr).strip().splitlines()[-1:] or ["git gave no reason"]
        raise Stop(
            f"cannot read the template `{source}`: {without_credentials(reason[0])}",
            fix="check the address, the version and your access, for example with `git ls-remote`",
        ) from error
    except (CopierError, TemplateError, ValueError, TypeError, *_FAULTS) as error:
        raise _as_stop(error, source) from error


def _as_stop(error: Exception, source: Source) -> Stop:
    message = without_credentials(str(error))
    if name := re.search(r"question '(\w+)'|for '(\w+)'|Question \"(\w+)\" is required", message):
        question = next(group for group in name.groups() if group)
        if "is required" in message:
            return Stop(f"no answer to `{question}`", fix=f"add -d {question}=...")
        return Stop(
            f"the answer to `{question}` can't be used: {bare(message)}",
            fix=f"give another one with -d {question}=...",
        )
    return Stop(f"cannot render the template `{source}`: {message}", fix="correct the template")


def bare(message: str) -> str:
    """Return Copier's complaint without the sentence that Copier puts before it."""
    return re.sub(r"^(Validation error for question|Invalid choice for) '\w+': ", "", message)
