"""The variables of a cookiecutter template and their values."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from cookiecutter.generate import apply_overwrites_to_context
from cookiecutter.prompt import YesNoPrompt, render_variable
from jinja2 import Environment
from rich.prompt import InvalidResponse

from ...core.errors import Stop
from ..values import Question


@dataclass(frozen=True)
class Known:
    """Answers: the `given` ones must fit, `recorded` ones give way, and `reply` gives others."""

    given: Mapping[str, Any]
    recorded: Mapping[str, Any] = field(default_factory=dict)
    reply: Callable[[Question], Any] | None = None


@dataclass(frozen=True)
class _Variable:
    """One line of `cookiecutter.json`: `render` renders the *raw* value, *prompt* explains it."""

    name: str
    raw: Any
    render: Callable[[], Any]
    prompt: Any

    @cached_property
    def offered(self) -> Any:
        """The choices or the mapping, rendered; of anything else the kind alone is of interest."""
        return self.render() if isinstance(self.raw, list | dict) else self.raw

    @property
    def default(self) -> Any:
        if isinstance(self.raw, list):
            return self.offered[0]
        return self.offered if isinstance(self.raw, dict) else self.render()


def settled(raw: Mapping[str, Any], known: Known, environment: Environment) -> dict[str, Any]:
    """Return the value of each variable that `cookiecutter.json` lists, in cookiecutter's order.

    Unlike cookiecutter, which renders recorded answers again, this takes each as it stands.

    Raises:
        Stop: a given answer can't be used.

    """
    found: dict[str, Any] = {}
    prompts = raw.get("__prompts__") or {}
    for name, value in _in_order(raw):
        render = partial(render_variable, environment, value, found)
        if name.startswith("_"):
            found[name] = render() if name.startswith("__") else value
        else:
            found[name] = _answer(_Variable(name, value, render, prompts.get(name)), known)
    return found


def _answer(variable: _Variable, known: Known) -> Any:
    name = variable.name
    if name in known.given:
        return _required(name, variable.offered, known.given[name])
    if name in known.recorded:
        with suppress(ValueError):
            return fitted(variable.offered, known.recorded[name])
    if known.reply:
        return fitted(variable.offered, known.reply(_asked(variable)))
    return variable.default


def _in_order(raw: Mapping[str, Any]) -> Generator[tuple[str, Any]]:
    """Yield the variables; dictionaries come last, since they may refer to all others."""
    own = {name: value for name, value in raw.items() if name != "__prompts__"}
    later = {k: v for k, v in own.items() if isinstance(v, dict) and k[0] != "_"}
    yield from ((name, value) for name, value in own.items() if name not in later)
    yield from later.items()


def fitted(offered: Any, answer: Any) -> Any:
    """Return *answer* as the kind of variable takes it: a choice, a switch, a mapping or a text.

    Raises:
        ValueError: it is none of the choices, or of another kind.

    """
    if isinstance(offered, list):
        if answer not in offered:
            raise ValueError(f"{answer!r} is none of {', '.join(map(str, offered))}")
        return answer
    if isinstance(offered, dict):
        return _mapped(offered, answer)
    if isinstance(answer, list | dict):
        raise ValueError("it is no single value")  # noqa: TRY004 - an answer is wrong, not a call
    if isinstance(offered, bool) and isinstance(answer, str):
        try:
            return YesNoPrompt().process_response(answer)
        except InvalidResponse:
            raise ValueError(f"{answer!r} is neither yes nor no") from None
    return answer if answer is None or isinstance(answer, bool) else str(answer)


def _mapped(offered: dict[str, Any], answer: Any) -> dict[str, Any]:
    if isinstance(answer, str):
        answer = json.loads(answer)
    if not isinstance(answer, dict):
        raise ValueError('it is no mapping, such as {"key": "value"}')  # noqa: TRY004
    whole = copy.deepcopy(offered)
    apply_overwrites_to_context(whole, answer, in_dictionary_variable=True)
    return whole


def _required(name: str, offered: Any, answer: Any) -> Any:
    try:
        return fitted(offered, answer)
    except ValueError as error:
        raise Stop(
            f"the answer to `{name}` can't be used: {error}",
            fix=f"give another one with -d {name}=...",
        ) from error


def _asked(variable: _Variable) -> Question:
    """Return *variable* as a person meets it."""
    labels = variable.prompt if isinstance(variable.prompt, dict) else {}
    reason = labels.get("__prompt__") if labels else variable.prompt
    options = variable.offered if isinstance(variable.raw, list) else []
    default = variable.default

    def complain(typed: Any) -> str:
        try:
            fitted(variable.offered, typed)
        except ValueError as error:
            return str(error)
        return ""

    return Question(
        name=variable.name,
        reason=reason or variable.name,
        default=json.dumps(default) if isinstance(default, dict) else default,
        choices=tuple((str(labels.get(str(each), each)), each) for each in options),
        multiple=False,
        secret=False,
        complain=complain,
    )
