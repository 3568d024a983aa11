"""The only door to Copier and Jinja; importing it costs half a second, so import it late."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copier._jinja_ext import SandboxedEnvironment
from copier._main import as_operation
from copier._settings import SettingsModel
from copier._template import Template
from copier._types import MISSING, Phase
from copier._user_data import AnswersMap
from copier._user_data import Question as CopierQuestion
from copier.errors import CopierError, CopierWarning
from pathspec import PathSpec

from ..core.errors import Stop
from ..core.lineage import Source
from .engine import BuiltIn, Worker, compiling_once
from .failures import bare, explained


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


@dataclass(frozen=True)
class Paths:
    """Paths by patterns as in .gitignore, which is how Copier reads them."""

    patterns: tuple[str, ...]

    def match(self, path: str) -> bool:
        """Say whether a pattern matches *path*."""
        return PathSpec.from_lines("gitignore", self.patterns).match_file(path)

    def __sub__(self, other: Paths) -> Paths:
        return Paths(tuple(each for each in self.patterns if each not in other.patterns))


class Rendering:
    """A template at one version, about to be rendered for the project *dest*."""

    def __init__(self, source: Source, dest: Path) -> None:
        self._source = source
        self._dest = dest
        self._template = BuiltIn() if source.built_in else Template(source.url, source.ref)
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
            elif (default := question.get_default()) is not MISSING:
                answers.user[name] = default
        return _answered(answers)

    def answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to render with: *given* ones, and defaults elsewhere.

        Raises:
            Stop: an answer is unknown, invalid, or required and not given.

        """
        given = self._understood(given)
        worker = self._worker(given)
        with explained(self._source), Phase.use(Phase.PROMPT):
            worker._ask()
        return _answered(worker.answers)

    def public(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return *answers* without those that the template calls secret."""
        secret = self._template.secret_questions
        return {name: value for name, value in answers.items() if name not in secret}

    def understood(self, recorded: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of *recorded* answers that this version still asks for."""
        known = self._template.questions_data
        return {name: value for name, value in recorded.items() if name in known}

    @property
    def skipped(self) -> Paths:
        """Return the paths that are left alone where they exist."""
        return Paths(tuple(self._template.skip_if_exists))

    @property
    def excluded(self) -> Paths:
        """Return the paths that are never rendered, whatever is answered."""
        start = self._template.envops.get("variable_start_string", "{{")
        block = self._template.envops.get("block_start_string", "{%")
        return Paths(tuple(p for p in self._template.exclude if start not in p and block not in p))

    def write(self, answers: Mapping[str, Any], into: Path) -> None:
        """Render all files into the new folder *into*; run nothing."""
        with explained(self._source), self._worker(answers, into) as worker:
            worker.skip_tasks = True
            worker.run_copy()

    def run_tasks(self, answers: Mapping[str, Any], into: Path) -> None:
        """Run the tasks of a trusted template in the folder *into*, which it has rendered."""
        if tasks := self._template.tasks:
            worker = self._worker(answers, into)
            with explained(self._source), Phase.use(Phase.TASKS):
                worker._ask()
                as_operation("copy")(worker._execute_tasks)(tasks)

    def _worker(self, data: Mapping[str, Any], into: Path | None = None) -> Worker:
        worker = Worker(
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
            self._environment = compiling_once(worker)
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
        with explained(source), warnings.catch_warnings():
            warnings.simplefilter("ignore", CopierWarning)
            yield rendering
    finally:
        rendering._template._cleanup()


def _answered(answers: AnswersMap) -> dict[str, Any]:
    return {name: value for name, value in answers.user.items() if name not in answers.hidden}


def _asked(question: CopierQuestion) -> Question:
    choices = tuple((str(c.title), c.value) for c in question._formatted_choices)

    def complain(typed: Any) -> str:
        try:
            question.validate_answer(question.parse_answer(typed))
        except (ValueError, TypeError, CopierError) as error:
            return bare(str(error))
        return ""

    default = question.get_default()
    return Question(
        name=question.var_name,
        reason=question.render_value(question.help),
        default=None if default is MISSING else default,
        choices=choices,
        multiple=question.multiselect,
        secret=question.secret,
        complain=complain,
    )
