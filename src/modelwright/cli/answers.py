"""Answers from options, from a file, and from a person at a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import Stop

if TYPE_CHECKING:
    from ..render import Question

LARGEST_FILE = 1_000_000


def gather(file: Path | None, pairs: list[str]) -> dict[str, Any]:
    """Return the answers of *file*, overridden by the `KEY=VALUE` *pairs*.

    Raises:
        Stop: the file can't be read, or a pair has no `=`.

    """
    answers = _read(file) if file else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Stop(
                f"`-d {pair}` is no answer", fix="write -d KEY=VALUE, such as -d licence=MIT"
            )
        answers[name] = value
    return answers


def replayed(file: Path | None) -> str:
    """Return the text of *file* where it is a replay file of cookiecutter's, else nothing."""
    from ..core.replay import Replay

    with suppress(OSError, ValueError, TypeError, RecursionError):
        if file and file.stat().st_size <= LARGEST_FILE:
            text = file.read_text(encoding="utf-8")
            return text if Replay.read(json.loads(text)) else ""
    return ""


def ask(question: Question) -> Any:
    """Ask one question at the terminal, with its reason, until the answer can be used."""
    import questionary

    def consent(typed: Any) -> bool | str:
        return question.complain(typed) or True

    if question.choices:
        return _choose(question, consent)
    if isinstance(question.default, bool):
        return questionary.confirm(
            question.reason, default=question.default, qmark="?"
        ).unsafe_ask()
    prompt = questionary.password if question.secret else questionary.text
    default = "" if question.default is None else str(question.default)
    return prompt(f"{question.reason}\n ", default, consent, "?").unsafe_ask()


def _choose(question: Question, consent: Callable[[Any], bool | str]) -> Any:
    import questionary

    if question.multiple:
        choices = [
            questionary.Choice(label, value, checked=value in (question.default or ()))
            for label, value in question.choices
        ]
        box = questionary.checkbox(question.reason, choices, validate=consent, qmark="?")
        return box.unsafe_ask()
    choices = [questionary.Choice(label, value) for label, value in question.choices]
    default = next((choice for choice in choices if choice.value == question.default), None)
    return questionary.select(question.reason, choices, default=default, qmark="?").unsafe_ask()


def agree(answers: Mapping[str, Any]) -> bool:
    """Show all answers before anything is written, and ask for consent."""
    import questionary

    width = max(map(len, answers), default=0)
    print(file=sys.stderr)
    for name, value in answers.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        print(f"  {name:<{width}}  {shown}", file=sys.stderr)
    return bool(questionary.confirm("Write the repository?", default=True, qmark="?").unsafe_ask())


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        if file.stat().st_size > LARGEST_FILE:
            raise Stop(f"`{file}` has more than {LARGEST_FILE} bytes", fix="give a file of answers")
        text = file.read_text(encoding="utf-8")
        # What a person writes as `1.10` or `no` is meant as it stands: a question's own type
        # decides what becomes of it, so plain values are read as text.
        written, typed = yaml.BaseLoader(text).get_single_data(), yaml.safe_load(text)
    except OSError as error:
        raise Stop(f"cannot read `{file}`: {error.strerror}", fix="check the path") from error
    except (UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise Stop(
            f"`{file}` is not YAML: {reason}", fix="write a line per answer, KEY: VALUE"
        ) from error
    if not isinstance(written, dict) or not all(isinstance(name, str) for name in written):
        raise Stop(f"`{file}` holds no answers", fix="write a line per answer, KEY: VALUE")
    pairs = zip(written.items(), typed.values(), strict=True)
    return {
        name: text if isinstance(text, str) else value
        for (name, text), value in pairs
        if value is not None and not name.startswith("_")
    }
