"""What a rule is: a small class that says what is wrong, where, why it matters, how to mend it."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from ..core.finding import Finding, Severity
from .places import DOCKERFILES
from .precision import Measured, measured
from .snapshot import Snapshot

# What a rule may need, and what is said where a repository does not have it.
_NEEDS: Mapping[str, tuple[Callable[[Snapshot], bool], str]] = {
    "": (lambda _: True, ""),
    "learning": (lambda files: any(each.learns for each in files.code), "no model is made here"),
    "training": (lambda files: bool(files.training), "no model is trained here"),
    "model": (
        lambda files: bool(files.training) and not files.is_toolkit,
        "no model of its own is trained here",
    ),
    "service": (lambda files: bool(files.services), "nothing here answers requests"),
    "predictions": (lambda files: bool(files.predicting), "nothing here serves predictions"),
    "workflows": (lambda files: bool(files.workflows), "there is no GitHub workflow"),
    "pipelines": (lambda files: bool(files.pipelines), "there is no continuous integration"),
    "python": (lambda files: bool(files.modules), "there is no Python"),
    "image": (lambda files: any(files.matching(*DOCKERFILES)), "no image is built here"),
    "plan": (lambda files: "milestones.toml" in files.paths, "there is no milestones.toml"),
    "deep": (
        lambda files: any(each.deep for each in files.code) and not files.is_toolkit,
        "no deep model of its own is trained here",
    ),
}


class Rule(ABC):
    """One rule; its docstring is its title. It is a check of repo-review's as it stands.

    *reads* ends the names of the files that it rests on: where one of them can't be read and
    nothing else is found, nobody can tell.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity] = "warning"
    why: ClassVar[str]
    fix: ClassVar[str]
    needs: ClassVar[str] = ""
    reads: ClassVar[tuple[str, ...]] = (".py", ".ipynb")

    @abstractmethod
    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Yield every place where the rule is broken."""

    @property
    def title(self) -> str:
        """What holds where the rule is kept."""
        return inspect.cleandoc(type(self).__doc__ or "").rstrip(".")

    @property
    def looks(self) -> str:
        """What it does, which its method's docstring tells it to."""
        told = " ".join(inspect.cleandoc(type(self).find.__doc__ or "").split())
        verb, _, rest = told.partition(" ")
        return f"It {verb.lower()}s {rest}"

    @property
    def practice(self) -> str:
        """The practice that it belongs to."""
        return self.id.split("-")[1]

    @property
    def family(self) -> str:
        """The practice, as repo-review groups its checks."""
        return f"modelwright-{self.practice}"

    @property
    def measured(self) -> Measured:
        """How often it was right where readers had labelled."""
        return measured().get(self.id, Measured())

    @property
    def doubt(self) -> str:
        """Say why it is off by default, or ""."""
        return self.measured.doubt

    def absent(self, files: Snapshot) -> str:
        """Say what the repository lacks that the rule is about, or ""."""
        there, said = _NEEDS[self.needs]
        return "" if there(files) else said

    def unread(self, files: Snapshot) -> tuple[str, ...]:
        """Name the files that it rests on and that could not be read."""
        return tuple(path for path in files.unread if not path or path.endswith(self.reads))

    def check(self, modelwright: Snapshot) -> str | bool | None:
        """Answer repo-review: None does not apply or can't be told, a text says what is wrong."""
        if self.absent(modelwright):
            return None
        found = list(self.find(modelwright))
        if not found:
            return None if self.unread(modelwright) else True
        places = "".join(f"\n- `{finding}`" for finding in found)
        return f"{self.why}\n{places}\n\n{self.fix} More: `modelwright explain {self.id}`."
