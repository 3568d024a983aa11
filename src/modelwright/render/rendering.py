"""A template at one version: its questions, its answers, and what it renders from them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from copier._jinja_ext import SandboxedEnvironment
from copier._main import as_operation
from copier._settings import SettingsModel
from copier._template import Template
from copier._types import MISSING, Phase
from copier._user_data import AnswersMap
from copier._user_data import Question as CopierQuestion
from copier.errors import UnsafeTemplateError

from ..core.lineage import Source
from ..git.templates import Release
from .engine import Fetched, Worker
from .environment import compiling_once
from .failures import explained
from .questions import answered, asked, complaint, refuse_unknown
from .values import STAGES, Paths, Question, Recorded, Stage

# How a template gets at the name of the folder that it is rendered into.
_FOLDER = re.compile(rb"_folder_name|dst_path|_copier_conf(?!\.answers_file)")
_QUESTIONS = {"copier.yml", "copier.yaml"}


class Rendering:
    """A template at one version, about to be rendered for the project *dest*."""

    said: tuple[str, ...] = ()

    def __init__(
        self, source: Source, dest: Path, template: Template, before: Recorded | None = None
    ) -> None:
        self._source = source
        self._dest = dest
        self._before = before
        self._template = template
        self._environment: SandboxedEnvironment | None = None

    @property
    def version(self) -> str:
        """The version as the answers file records it, empty where there is none."""
        return self._template.commit or ""

    @property
    def built_in(self) -> bool:
        """Say whether we answer for the template, so that a broken file is our fault."""
        return self._source.built_in

    @property
    def url(self) -> str:
        """The address as the answers file records it."""
        return self._template.url

    @property
    def changelog(self) -> str:
        """What the template's own changelog says, empty where it has none."""
        file = self._template.local_abspath / "CHANGELOG.md"
        return file.read_text("utf-8", "replace") if file.is_file() else ""

    @property
    def commit(self) -> str:
        """The full commit of a template that git keeps."""
        return self._template.commit_hash or ""

    def interview(
        self, given: Mapping[str, Any], reply: Callable[[Question], Any]
    ) -> dict[str, Any]:
        """Ask *reply* each question whose answer is not *given* or recorded; return all answers."""
        given = self._understood(given)
        worker = self._worker(given)
        recorded = worker.subproject.last_answers
        answers = worker.answers = AnswersMap(init=dict(given), last=dict(recorded))
        for name, details in self._template.questions_data.items():
            question = CopierQuestion(
                answers=answers,
                context=worker._render_context(),
                jinja_env=worker.jinja_env,
                var_name=name,
                **details,
            )
            if name in recorded and complaint(question, recorded[name]):
                del answers.last[name]
            if name in given:
                answers.user[name] = question.parse_answer(given[name])
                question.validate_answer(answers.user[name])
            elif question.get_when() and question.get_ask() and name not in answers.last:
                answers.user[name] = question.parse_answer(reply(asked(question)))
            elif (default := question.get_default()) is not MISSING:
                answers.user[name] = default
        return self.known(answered(answers))

    def answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to render with: *given* ones, recorded ones, or defaults.

        A recorded answer that cannot be used any more gives way to the default, as in Copier.

        Raises:
            Stop: an answer is unknown, invalid, or required and not given.

        """
        given = self._understood(given)
        worker = self._worker(given)
        with explained(self._source), Phase.use(Phase.PROMPT):
            worker._ask()
        return self.known(answered(worker.answers))

    def context(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return *answers* with all that the template works out from them."""
        worker = self._worker(answers)
        with explained(self._source), Phase.use(Phase.PROMPT):
            worker._ask()
        found = {**worker.answers.last, **worker.answers.user}
        return {name: value for name, value in found.items() if not name.startswith("_")}

    def public(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return *answers* without those that the template calls secret."""
        secret = self._template.secret_questions
        return {name: value for name, value in answers.items() if name not in secret}

    def known(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of *given* answers that this version asks for."""
        return {k: value for k, value in given.items() if k in self._template.questions_data}

    def secret(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of *answers* that the template calls secret."""
        return {k: v for k, v in answers.items() if k in self._template.secret_questions}

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

    def names_folder(self, answers: Mapping[str, Any]) -> bool:
        """Say whether the project's folder may be named in what is rendered from *answers*."""
        questions = {
            name: {k: v for k, v in details.items() if k != "default" or name not in answers}
            for name, details in self._template.questions_data.items()
        }
        if _FOLDER.search(repr((questions, self._template.config_data)).encode()):
            return True
        root = self._template.local_abspath
        root = root / self._template.subdirectory if self._source.built_in else root
        found = (path for path in root.rglob("*") if path.name not in _QUESTIONS)
        return any(
            _FOLDER.search(os.fsencode(path))
            or (path.is_file() and _FOLDER.search(path.read_bytes()))
            for path in found
        )

    def write(self, answers: Mapping[str, Any], into: Path) -> None:
        """Render all files into the new folder *into*; run nothing."""
        with explained(self._source), self._worker(answers, into) as worker:
            as_operation(self._operation)(worker.render)()

    def run_tasks(self, answers: Mapping[str, Any], into: Path) -> None:
        """Run the tasks of a trusted template in the folder *into*, which it has rendered."""
        if tasks := self._template.tasks:
            worker = self._worker(answers, into)
            with explained(self._source), Phase.use(Phase.TASKS):
                worker._ask()
                as_operation(self._operation)(worker._execute_tasks)(tasks)

    def migrates(self, version: str) -> bool:
        """Say whether code is to run on the way from *version*; it needs trust."""
        former = self._former(version)
        found = any(self._template.migration_tasks(stage, former) for stage in STAGES)
        if found and not self._source.trusted and (self._before is None or self._before.runs):
            with explained(self._source):
                raise UnsafeTemplateError(["migrations"])
        return found

    def migrate(self, stage: Stage, version: str, answers: Mapping[str, Any], at: Path) -> None:
        """Run the migrations from *version* on the project's files in the folder *at*."""
        worker = self._worker(answers, at)
        with explained(self._source), Phase.use(Phase.MIGRATE):
            worker._ask()
            tasks = self._template.migration_tasks(stage, self._former(version))
            as_operation("update")(worker._execute_tasks)(tasks)

    def _former(self, version: str) -> Fetched:
        return Fetched(self._source.url, None, Release(version, "", self._dest))

    @property
    def _operation(self) -> Literal["copy", "update"]:
        return "copy" if self._before is None else "update"

    def _worker(self, data: Mapping[str, Any], into: Path | None = None) -> Worker:
        worker = Worker(
            src_path=self._source.url,
            dst_path=into or self._dest,
            answers_file=Path(self._before.file) if self._before else None,
            vcs_ref=self._source.ref,
            data=dict(data),
            settings=SettingsModel(),
            defaults=True,
            quiet=True,
            unsafe=self._source.built_in or self._source.trusted,
            skip_tasks=self._before is not None and not self._before.runs,
        )
        worker.__dict__["template"] = self._template
        worker.subproject.__dict__["last_answers"] = {}
        if self._before:
            worker.subproject.__dict__["last_answers"] = dict(self._before.answers)
            worker.__dict__["reading"] = self._before.read
        if self._environment is None:
            # Before the environment, which imports the template's extensions.
            worker._check_unsafe(self._operation)
            self._environment = compiling_once(worker)
        worker.__dict__["jinja_env"] = self._environment
        return worker

    def _understood(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return *given* with several choices written as `a,b` split, or refuse a stranger."""
        questions = self._template.questions_data
        refuse_unknown(given, list(questions))
        return {
            name: [item.strip() for item in value.split(",") if item.strip()]
            if questions[name].get("multiselect")
            and isinstance(value, str)
            and not value.startswith("[")
            else value
            for name, value in given.items()
        }
