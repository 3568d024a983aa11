"""Jinja as cookiecutter sets it up, without a way out of the rendering."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from cookiecutter import generate
from cookiecutter.environment import ExtensionLoaderMixin, StrictEnvironment
from cookiecutter.exceptions import (
    CookiecutterException,
    NonTemplatedInputDirException,
    UndefinedVariableInTemplate,
    UnknownExtension,
)
from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from ...core.errors import Stop
from ...core.lineage import Source
from .. import failures
from ..entropy import Entropy

# What a hook's failure says is said by the error; cookiecutter would log a traceback besides.
logging.getLogger("cookiecutter").addHandler(logging.NullHandler())


class _Name(Template):
    """The name of a file or folder, which stays in the room that its environment is for."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        name = super().render(*args, **kwargs)
        room = getattr(self.environment, "room", None)
        if room and (".." in PurePath(name).parts or not Path(room, name).is_relative_to(room)):
            raise ValueError(f"a path leaves the project: {name!r}")
        return name


class _Files(Environment):
    """Lets files draw chance for themselves, and names be what they are."""

    template_class = _Name

    def get_template(self, name: Any, *args: Any, **kwargs: Any) -> Template:
        if isinstance(os.urandom, Entropy):
            os.urandom.start(str(name))
        return super().get_template(name, *args, **kwargs)


class _Sandboxed(ExtensionLoaderMixin, _Files, SandboxedEnvironment):
    """Cookiecutter's environment, from which nothing of Python's can be reached."""


class _Trusted(_Files, StrictEnvironment):
    """Cookiecutter's own environment."""


def made_for(context: Mapping[str, Any], *, trusted: bool, room: Path | None = None) -> Environment:
    """Return the environment for *context*; names that it renders have to stay in *room*."""
    settings = context["cookiecutter"].get("_jinja2_env_vars", {})
    kind = partial(_Trusted) if trusted else partial(_Sandboxed, undefined=StrictUndefined)
    made = kind(context=context, keep_trailing_newline=True, **settings)
    made.room = room
    return made


def generated(
    folder: Path, context: dict[str, Any], room: Path, source: Source, *, runs: bool
) -> Path:
    """Let cookiecutter render the template in *folder* into a folder of the new *room*."""
    own = {"create_env_with_context": partial(made_for, trusted=source.trusted, room=room)}
    former = {name: getattr(generate, name) for name in own}
    vars(generate).update(own)
    try:
        made = generate.generate_files(folder, context, room, True, accept_hooks=runs)
    finally:
        vars(generate).update(former)
    return Path(made)


@contextmanager
def importing(folder: Path, *, trusted: bool) -> Generator[None]:
    """Let a trusted template's own extensions be imported."""
    if trusted:
        sys.path.append(str(folder))
    try:
        yield
    finally:
        if trusted:
            sys.path.remove(str(folder))


@contextmanager
def explained(source: Source) -> Generator[None]:
    """Turn what cookiecutter and Jinja raise into a `Stop` that says how to go on."""
    with failures.explained(source):
        try:
            yield
        except UnknownExtension as error:
            raise Stop(str(error), fix="install it beside modelwright") from error
        except UndefinedVariableInTemplate as error:
            raise ValueError(f"{error.message}: {error.error.message}") from error
        except NonTemplatedInputDirException:
            raise ValueError("none of its folders is named by a variable of its own") from None
        except CookiecutterException as error:
            raise ValueError(str(error)) from error
