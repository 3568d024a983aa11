"""The only door to Copier and Jinja; importing it costs half a second, so import it late."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from copier import _main as copier
from copier._jinja_ext import SandboxedEnvironment
from copier._settings import SettingsModel
from copier._template import Template as CopierTemplate
from copier._types import Phase
from copier._user_data import AnswersMap
from copier._user_data import Question as CopierQuestion
from copier.errors import CopierError, CopierWarning, UnsafeTemplateError
from jinja2 import TemplateError
from plumbum import ProcessExecutionError

from . import builtin
from .core.errors import Stop
from .core.lineage import Source, without_credentials


@dataclass(frozen=True)
class Question:
    """One question of a template, as a person meets it.

    `complain` takes what was typed and says what is wrong with it, or nothing.
    """

    name: str
    reason: str
    default: Any
    choices: tuple[tuple[str, Any], ...]
    multiple: bool
    secret: bool
    complain: Callable[[Any], str]


class Rendering:
    """A template at one version, about to be rendered for the project *dest*."""

    def __init__(self, source: Source, dest: Path) -> None:
        self._source = source
        self._dest = dest
        self._template = _BuiltIn() if source.built_in else CopierTemplate(source.url, source.ref)
        self._environment: SandboxedEnvironment | None = None

    @property
    def version(self) -> str:
        """The version as the answers file records it, empty where there is none."""
        return self._template.commit or ""

    @property
    def built_in(self) -> bool:
        """Say whether we answer for the template, so that a broken file is our fault."""
        return self._source.built_in

    def interview(
        self, given: Mapping[str, Any], reply: Callable[[Question], Any]
    ) -> dict[str, Any]:
        """Ask *reply* each question whose answer is not *given*; return all answers."""
        given = self._understood(given)
        worker = self._worker(given)
        answers = worker.answers = AnswersMap(init=dict(given))
        for name, details in self._template.questions_data.items():
            question = CopierQuestion(
                answers=answers,
                context=worker._render_context(),
                jinja_env=worker.jinja_env,
                var_name=name,
                **details,
            )
            if name in given:
                answers.user[name] = question.parse_answer(given[name])
                question.validate_answer(answers.user[name])
            elif question.get_when() and question.get_ask():
                answers.user[name] = question.parse_answer(reply(_asked(question)))
            elif (default := question.get_default()) is not copier.MISSING:
                answers.user[name] = default
        return {name: answers.user[name] for name in answers.user if name not in answers.hidden}

    def answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers that a rendering records: *given* ones, and defaults elsewhere.

        Raises:
            Stop: an answer is unknown, invalid, or required and not given.

        """
        given = self._understood(given)
        worker = self._worker(given)
        with _explained(self._source), Phase.use(Phase.PROMPT):
            worker._ask()
        recorded = worker._answers_to_remember()
        return {name: value for name, value in recorded.items() if not name.startswith("_")}

    def write(self, answers: Mapping[str, Any], into: Path) -> tuple[str, ...]:
        """Render all files into the new folder *into*; return their paths, sorted."""
        with _explained(self._source), self._worker(answers, into) as worker:
            worker.run_copy()
        files = (path for path in into.rglob("*") if not path.is_dir())
        return tuple(sorted(path.relative_to(into).as_posix() for path in files))

    def _worker(self, data: Mapping[str, Any], into: Path | None = None) -> _Worker:
        worker = _Worker(
            src_path=self._source.url,
            dst_path=into or self._dest,
            vcs_ref=self._source.ref,
            data=dict(data),
            settings=SettingsModel(),
            defaults=True,
            quiet=True,
            unsafe=self._source.built_in or self._source.trusted,
        )
        worker.__dict__["template"] = self._template
        if self._environment is None:
            # Before the environment, which imports the template's extensions.
            worker._check_unsafe("copy")
            self._environment = _compiling_once(worker)
        worker.__dict__["jinja_env"] = self._environment
        return worker

    def _understood(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return *given* with several choices written as `a,b` split, or refuse a stranger."""
        questions = self._template.questions_data
        self._refuse_unknown(given, list(questions))
        return {
            name: [item.strip() for item in value.split(",") if item.strip()]
            if questions[name].get("multiselect")
            and isinstance(value, str)
            and not value.startswith("[")
            else value
            for name, value in given.items()
        }

    @staticmethod
    def _refuse_unknown(given: Mapping[str, Any], known: list[str]) -> None:
        for name in given:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                raise Stop(
                    f"the template asks no question `{name}`",
                    fix=f"did you mean `{close[0]}`?" if close else f"it asks {', '.join(known)}",
                )


@contextmanager
def opened(source: Source, dest: Path) -> Generator[Rendering]:
    """Open the template at *source* to render the new project *dest*.

    Raises:
        Stop: the source is unreachable, malformed, or would run code without consent.

    """
    if source.url.startswith("-") or re.match(r"\w+::", source.url):
        raise Stop(
            f"`{source}` is not a template's address",
            why="git would take it for an option or for a command to run",
            fix="give a folder, or an https or ssh address",
        )
    rendering = Rendering(source, dest)
    try:
        with _explained(source), warnings.catch_warnings():
            warnings.simplefilter("ignore", CopierWarning)
            yield rendering
    finally:
        rendering._template._cleanup()


class _BuiltIn(CopierTemplate):
    """The template that ships with the tool, which needs no git to be read."""

    def __init__(self) -> None:
        super().__init__(url=Source().url)

    @cached_property
    def vcs(self) -> Literal["git"] | None:
        return None

    @cached_property
    def local_abspath(self) -> Path:
        return builtin.folder()

    @cached_property
    def commit(self) -> str | None:
        return builtin.version()


class _Worker(copier.Worker):
    """Copier's worker without what a rendering into a new, private folder never needs.

    Copier gathers all answers anew for each part of each path, though none changes any more,
    and asks git after each file, though a new folder has no index.
    """

    @cached_property
    def answers_relpath(self) -> Path:
        with Phase.use(Phase.UNDEFINED):  # Copier blanks a part of the context that it asks for
            return super().answers_relpath

    @cached_property
    def _final_context(self) -> Mapping[str, Any]:
        return super()._render_context()

    def _render_context(self) -> dict[str, Any]:
        if Phase.current() is Phase.RENDER:
            return dict(self._final_context)
        return dict(super()._render_context())

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing."""


def _compiling_once(worker: _Worker) -> SandboxedEnvironment:
    """Return *worker*'s environment, which remembers strings: paths share most of their parts."""
    try:
        environment = worker.jinja_env
    except (ImportError, AttributeError) as error:
        raise Stop(
            f"a Jinja extension of the template is missing: {error}",
            fix="install it beside modelwright",
        ) from error
    remembered = lru_cache(maxsize=None)(environment.from_string)
    environment.from_string = remembered  # ty: ignore[invalid-assignment]
    return environment


def _asked(question: CopierQuestion) -> Question:
    choices = tuple((str(c.title), c.value) for c in question._formatted_choices)

    def complain(typed: Any) -> str:
        try:
            question.validate_answer(question.parse_answer(typed))
        except (ValueError, TypeError, CopierError) as error:
            return _bare(str(error))
        return ""

    default = question.get_default()
    return Question(
        name=question.var_name,
        reason=question.render_value(question.help),
        default=None if default is copier.MISSING else default,
        choices=choices,
        multiple=question.multiselect,
        secret=question.secret,
        complain=complain,
    )


@contextmanager
def _explained(source: Source) -> Generator[None]:
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
    except (CopierError, TemplateError, ValueError, TypeError) as error:
        raise _as_stop(error, source) from error


def _as_stop(error: Exception, source: Source) -> Stop:
    message = without_credentials(str(error))
    if name := re.search(r"question '(\w+)'|for '(\w+)'|Question \"(\w+)\" is required", message):
        question = next(group for group in name.groups() if group)
        if "is required" in message:
            return Stop(f"no answer to `{question}`", fix=f"add -d {question}=...")
        return Stop(
            f"the answer to `{question}` can't be used: {_bare(message)}",
            fix=f"give another one with -d {question}=...",
        )
    return Stop(f"cannot render the template `{source}`: {message}", fix="correct the template")


def _bare(message: str) -> str:
    """Return Copier's complaint without the sentence that Copier puts before it."""
    return re.sub(r"^(Validation error for question|Invalid choice for) '\w+': ", "", message)
