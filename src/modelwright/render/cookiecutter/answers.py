"""The variables of a cookiecutter template and their values."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
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
        if name.startswith("__"):
            found[name] = render()
        elif name.startswith("_"):
            found[name] = value
        else:
            offered = render() if isinstance(value, list | dict) else value
            if name in known.given:
                found[name] = _required(name, offered, known.given[name])
                continue
            if name in known.recorded:
                with suppress(ValueError):
                    found[name] = fitted(offered, known.recorded[name])
                    continue
            default = offered if isinstance(value, list | dict) else render()
            if known.reply:
                question = asked(name, default, prompts.get(name))
                found[name] = fitted(offered, known.reply(question))
            else:
                found[name] = default[0] if isinstance(default, list) else default
    return found


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


def asked(name: str, default: Any, prompt: Any) -> Question:
    """Return a variable as a person meets it; *prompt* is what the template says of it."""
    said = prompt if isinstance(prompt, dict) else {"__prompt__": prompt}
    options = default if isinstance(default, list) else []
    if isinstance(default, dict):
        default = json.dumps(default)

    def complain(typed: Any) -> str:
        try:
            fitted(options or default, typed)
        except ValueError as error:
            return str(error)
        return ""

    return Question(
        name=name,
        reason=said.get("__prompt__") or name,
        default=options[0] if options else default,
        choices=tuple((str(said.get(str(each), each)), each) for each in options),
        multiple=False,
        secret=False,
        complain=complain,
    )
