"""The only door to cookiecutter: what it or cruft made is rendered as they would render it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from copier.errors import UnsafeTemplateError

from ... import guard, vetting
from ...core.errors import Stop
from ...core.lineage import Source, without_credentials
from ...core.replay import MACHINE, Replay
from ...git.templates import Origin, Release
from ..questions import refuse_unknown
from ..values import Paths, Question, Recorded
from . import skip
from .answers import Known, settled
from .environment import explained, generated, importing, made_for

_SAFE_EXTENSIONS = ("cookiecutter.extensions.", "jinja2.ext.")


@dataclass(frozen=True)
class Baking:
    """A cookiecutter template at one version, about to be rendered for a project.

    It does for what cruft or cookiecutter recorded what a `Rendering` does for Copier.
    """

    source: Source
    release: Release
    before: Recorded
    replay: Replay
    skipped = Paths()
    excluded = Paths()

    @property
    def version(self) -> str:
        """The version by its tag, or counted from one."""
        return self.release.name

    @property
    def commit(self) -> str:
        """The full commit."""
        return self.release.commit

    @property
    def url(self) -> str:
        """The address as it is recorded."""
        return without_credentials(self.source.url)

    @property
    def changelog(self) -> str:
        """What the template's own changelog says, empty where it has none."""
        file = self.release.folder / "CHANGELOG.md"
        return file.read_text("utf-8", "replace") if file.is_file() else ""

    @property
    def said(self) -> tuple[str, ...]:
        """What a person should know: which code of the template's is not run."""
        hooks = sorted(path.name for path in self._folder.glob("hooks/*_gen_project*"))
        if self._runs or not (hooks and self.before.runs):
            return ()
        return (f"the template's hooks were not run ({', '.join(hooks)}); --trust runs them",)

    def answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to render with: *given* ones, recorded ones, or defaults.

        Raises:
            Stop: a given answer is unknown or can't be used.

        """
        return self.interview(given, None)

    def interview(
        self, given: Mapping[str, Any], reply: Callable[[Question], Any] | None
    ) -> dict[str, Any]:
        """Ask *reply* for each answer that is not *given* or recorded; return all answers."""
        refuse_unknown(given, list(self.public(self._raw)))
        return self.public(self._settled(Known(given, self.before.answers, reply)))

    def known(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of *given* answers that this version asks for."""
        return {name: value for name, value in given.items() if name in self.public(self._raw)}

    def public(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return *answers* without what the template keeps to itself."""
        return {name: value for name, value in answers.items() if not name.startswith("_")}

    def context(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return *answers*, which are all that the template knows."""
        return dict(answers)

    def secret(self, answers: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return nothing: cookiecutter records every answer."""
        return {}

    def migrates(self, version: str) -> bool:  # noqa: ARG002
        """Say that no code runs on the way from *version*."""
        return False

    def names_folder(self, _: Mapping[str, Any]) -> bool:
        """Say that the project's folder may be named, as it is an answer."""
        return True

    def write(self, answers: Mapping[str, Any], into: Path) -> None:
        """Render all files, and what is recorded of it, into the new folder *into*."""
        context = self._context(answers)
        if self._runs:
            guard.lift()
        with tempfile.TemporaryDirectory(prefix="made-", dir=into.parent) as room:
            self._generated(context, Path(room)).rename(into)
        if self.replay.by_cruft:
            skip.leave_out(into, skip.patterns(self.replay.skip, self.before.read))
        if self.before.read(self.before.file) is None:  # from now on it is the whole team's
            context = {name: context[name] for name in context if name not in MACHINE}
        text = self.replay.rewritten(self.commit, self._checkout, context)
        record = into / self.before.file
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(text, "utf-8")

    def run_tasks(self, answers: Mapping[str, Any], into: Path) -> None:
        """Do nothing: hooks have run while the files were written."""

    @cached_property
    def _folder(self) -> Path:
        inner = PurePosixPath(self.replay.directory)
        folder = self.release.folder / inner
        if inner.is_absolute() or ".." in inner.parts or not folder.is_dir():
            raise Stop(
                f"the template `{self.source}` has no folder `{inner}`",
                fix="correct `directory` in the file that records it",
            )
        return folder

    @cached_property
    def _raw(self) -> dict[str, Any]:
        """What `cookiecutter.json` says."""
        with explained(self.source):
            file = self._folder / "cookiecutter.json"
            if not file.is_file():
                raise ValueError(f"it has no {file.name}")
            found = json.loads(file.read_text("utf-8"))
            if not isinstance(found, dict):
                raise TypeError(f"{file.name} holds no variables")
            foreign = found.get("_extensions", [])
            if not self.source.trusted and not all(
                str(each).startswith(_SAFE_EXTENSIONS) for each in foreign
            ):
                raise UnsafeTemplateError(["jinja_extensions"])
            return found

    @property
    def _checkout(self) -> str:
        return "" if self.source.ref == "HEAD" else self.source.ref or ""

    @property
    def _runs(self) -> bool:
        return self.source.trusted and self.before.runs

    def _settled(self, known: Known) -> dict[str, Any]:
        with explained(self.source), importing(self._folder, trusted=self.source.trusted):
            environment = made_for({"cookiecutter": self._raw}, trusted=self.source.trusted)
            return settled(self._raw, known, environment)

    def _context(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        added = self.replay.added(self.url, self.commit, self._checkout)
        return {**self._settled(Known(answers)), **added}

    def _generated(self, answers: Mapping[str, Any], room: Path) -> Path:
        context = {"cookiecutter": answers}
        if not self.replay.by_cruft:
            context["_cookiecutter"] = self.public(self._raw)
        with explained(self.source), importing(self._folder, trusted=self.source.trusted):
            made = generated(self._folder, context, room, self.source, runs=self._runs)
        shutil.rmtree(made / ".git", ignore_errors=True)  # as a hook may start one
        return made


@contextmanager
def opened(source: Source, before: Recorded, repository: Origin | None) -> Generator[Baking]:
    """Open the template at *source*, to render the project that recorded *before*.

    Raises:
        Stop: it is no cookiecutter template, or would run code without consent.

    """
    if before.replay is None or repository is None:
        raise Stop(
            f"`{source}` is no template of cookiecutter's in a git repository",
            fix="correct its address in the file that records it",
        )
    with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
        commit, name = repository.resolve(source.ref or "HEAD")
        root = repository.files(commit, Path(made).resolve() / "template")
        vetting.vet_links(root)
        yield Baking(source, Release(name, commit, root), before, before.replay)
