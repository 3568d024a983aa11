"""What cruft or cookiecutter recorded of a project, so that its rendering can be repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FILES = (".cruft.json", ".cookiecutter.json")
# Where an update of ours notes what else it has to know; both tools keep the key.
MARK = "_modelwright"
# What cookiecutter records of the machine that it ran on.
MACHINE = ("_output_dir", "_repo_dir")


@dataclass(frozen=True)
class Replay:
    """A rendering by cookiecutter: of which template, and with which answers.

    `commit` is the full one; a replay file of cookiecutter's own has none until an update wrote
    it. `checkout` is what somebody asked for: a branch, a tag, or nothing. Paths in `skip` are
    never updated. `document` is all of it.
    """

    template: str
    commit: str
    checkout: str
    directory: str
    skip: tuple[str, ...]
    answers: Mapping[str, Any]
    mark: Mapping[str, Any]
    document: Mapping[str, Any]

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Replay | None:
        """Return what the document *found* records; None if it is neither tool's.

        Raises:
            ValueError: it is one of theirs, but not whole.

        """
        if "_src_path" in found:
            return None  # Copier's, and whatever else it says is an answer
        by_cruft = "template" in found and "context" in found
        context = _mapping(found["context"] if by_cruft else found).get("cookiecutter")
        if not (by_cruft or isinstance(context, dict)):
            return None
        context, mark = _mapping(context), _mapping(found.get(MARK, {}))
        own = found if by_cruft else {name[1:]: value for name, value in context.items()}
        commit = own.get("commit") if by_cruft else mark.get("commit")
        skip = found.get("skip") or []
        if not isinstance(skip, list) or not all(isinstance(each, str) for each in skip):
            raise ValueError("`skip` is no list of paths")
        return cls(
            _text(own, "template"),
            commit if isinstance(commit, str) else "",
            _text(own, "checkout"),
            _text(found, "directory"),
            tuple(skip),
            {name: value for name, value in context.items() if not name.startswith("_")},
            mark if mark.get("commit") == commit else {},  # else cruft went on since
            found,
        )

    @property
    def by_cruft(self) -> bool:
        """Say whether cruft recorded it, and not cookiecutter alone."""
        return "context" in self.document

    def added(self, template: str, commit: str, checkout: str) -> dict[str, Any]:
        """Return what the tool itself adds to the answers."""
        if self.by_cruft:
            return {"_template": template, "_commit": commit}
        former = self.document["cookiecutter"]
        places = {name: former[name] for name in MACHINE if name in former}
        return {"_template": template, **places, "_checkout": checkout or None}

    def rewritten(self, commit: str, checkout: str, context: Mapping[str, Any]) -> str:
        """Return the record of another rendering, with its whole *context*, as the tool has it."""
        if not self.by_cruft:
            mark = {MARK: {"commit": commit}}
            return _as_replay({**self.document, "cookiecutter": context, **mark})
        changed = {"template": context["_template"], "commit": commit, "checkout": checkout or None}
        inner = {**self.document["context"], "cookiecutter": context}
        return _as_cruft({**self.document, **changed, "context": inner})


def moved(text: str, template: str) -> str:
    """Return cookiecutter's record *text* of a template that is at another place now."""
    found = json.loads(text)
    found["cookiecutter"]["_template"] = template
    return _as_replay(found)


def dated(text: str, commit: str) -> str:
    """Return the record *text* completed by the *commit* that was rendered."""
    found = json.loads(text)
    if "context" in found:
        return _as_cruft({**found, "commit": commit})
    return _as_replay({**found, MARK: {"commit": commit}})


def signed(text: str, mark: Mapping[str, Any]) -> str:
    """Return the record *text* with *mark*, which says what exactly was rendered."""
    found = json.loads(text)
    found[MARK] = dict(mark)
    return (_as_cruft if "context" in found else _as_replay)(found)


def _as_replay(found: object) -> str:
    return json.dumps(found, indent=2) + "\n"


def _as_cruft(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, separators=(",", ": ")) + "\n"


def _mapping(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("it holds no answers")  # noqa: TRY004 - a document is wrong, not a call
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` is no text")
    return value or ""
