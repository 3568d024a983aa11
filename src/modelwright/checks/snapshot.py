"""The files of a repository, read and never run: from a folder, a commit or a web page alike."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any, Self

import yaml
from pathspec import GitIgnoreSpec

from .code import Module, Unparsable
from .notebook import code_of
from .places import PIPELINES

LARGEST = 1_000_000
MOST_FILES = 20_000
DEEPEST = 40
_MANY_LEARNERS = 10
_MANY_MODULES = 200
# What tools put beside the code: nobody's work, and often larger than it.
_LEFT_OUT = {
    *(".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", ".eggs"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", "site-packages"),
    *("mlruns", "wandb", ".dvc", ".hypothesis"),
}
_BINARY = re.compile(
    r"\.(png|jpe?g|gif|ico|pdf|zip|gz|bz2|xz|whl|so|pyc|parquet|feather|npy|npz|db|sqlite3?|woff2?)$",
    re.I,
)
_TEST = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|tests?|conftest)\.py$")


class Snapshot:
    """What a repository's files say; each is read once, and what can't be read is remembered.

    *unread* says of each such path why, so that no rule takes it for empty.
    """

    def __init__(self, root: Traversable) -> None:
        self._texts: dict[str, str] = {}
        self._matched: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._tables: dict[str, Mapping[str, Any]] = {}
        self._composed: dict[str, yaml.Node | None] = {}
        self.unread: dict[str, str] = {}
        self._places = dict(sorted(self._walk(root)))

    def __deepcopy__(self, memo: object) -> Self:
        return self  # repo-review copies every fixture before every check

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path, with slashes, in order."""
        return tuple(self._places)

    def matching(self, *patterns: str) -> tuple[str, ...]:
        """Return the paths that any of *patterns* matches; `*` crosses folders."""
        if patterns not in self._matched:
            known = re.compile("|".join(map(fnmatch.translate, patterns)), re.I)
            self._matched[patterns] = tuple(filter(known.match, self._places))
        return self._matched[patterns]

    def text(self, path: str) -> str:
        """Return a file's text, or "" where there is none or it can't be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def start(self, path: str, size: int = 200) -> bytes:
        """Return the first bytes of a file, however large it is."""
        try:
            with self._places[path].open("rb") as file:
                return file.read(size)
        except OSError as error:
            self.unread[path] = error.strerror or type(error).__name__
            return b""

    def grep(self, pattern: re.Pattern[str], *patterns: str) -> Iterator[tuple[str, int, str]]:
        """Yield path, line and matched text of what *pattern* finds in the files that match."""
        for path in self.matching(*patterns):
            for number, line in enumerate(self.text(path).splitlines(), start=1):
                if found := pattern.search(line):
                    yield path, number, found[0]

    def toml(self, path: str) -> Mapping[str, Any]:
        """Return a TOML file's content; empty where it is none, which is remembered."""
        if path not in self._tables:
            self._tables[path] = self._toml(path)
        return self._tables[path]

    def nodes(self, path: str) -> yaml.Node | None:
        """Return a YAML file's nodes, which know their lines; None where it is none."""
        if path not in self._composed:
            self._composed[path] = self._yaml(path)
        return self._composed[path]

    def unreadable(self) -> dict[str, str]:
        """Read all code and settings; return what of it can't be read, and why."""
        unparsed = {path for path in self._places if path.endswith((".py", ".ipynb"))}
        unparsed -= {module.path for module in self.modules}
        for path in self.matching("*.toml"):
            self.toml(path)
        for path in self.workflows:
            self.nodes(path)
        settings = (".toml", ".yml", ".yaml")
        return {
            path: why
            for path, why in self.unread.items()
            if path in unparsed or not path or path.endswith(settings)
        }

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Every Python file, and the code of every notebook, that parses."""
        found = []
        for path in self._places:
            try:
                if path.endswith(".py"):
                    found.append(Module.parse(path, self.text(path)))
                elif path.endswith(".ipynb") and (text := self.text(path)):
                    found.append(Module.parse(path, *code_of(text)))
            except Unparsable as error:
                self.unread[path] = str(error)
        return tuple(found)

    @cached_property
    def code(self) -> tuple[Module, ...]:
        """Every module that is no test."""
        return tuple(each for each in self.modules if not _TEST.search(each.path))

    @cached_property
    def tests(self) -> tuple[Module, ...]:
        """Every module of tests."""
        return tuple(each for each in self.modules if _TEST.search(each.path))

    @cached_property
    def services(self) -> tuple[Module, ...]:
        """Every module that answers requests."""
        return tuple(each for each in self.code if each.serves)

    @cached_property
    def predicting(self) -> tuple[Module, ...]:
        """Every service that has to do with a model."""
        return tuple(each for each in self.services if each.predicts or each.learns)

    @cached_property
    def training(self) -> tuple[Module, ...]:
        """Every module that fits a model."""
        return tuple(each for each in self.code if each.trains)

    @cached_property
    def is_toolkit(self) -> bool:
        """Say whether it offers models to others: it is large, or has many classes that learn."""
        learners = sum(each.learners for each in self.code)
        return learners >= _MANY_LEARNERS or len(self.code) >= _MANY_MODULES

    @cached_property
    def workflows(self) -> tuple[str, ...]:
        """Every GitHub workflow."""
        return tuple(self.matching(".github/workflows/*.yml", ".github/workflows/*.yaml"))

    @cached_property
    def pipelines(self) -> tuple[str, ...]:
        """Every file of a continuous integration."""
        return (*self.workflows, *self.matching(*PIPELINES))

    def _read(self, path: str) -> str:
        if path not in self._places or _BINARY.search(path):
            return ""
        content = self.start(path, LARGEST + 1)
        if len(content) > LARGEST:
            self.unread[path] = f"it has more than {LARGEST} bytes"
            return ""
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.unread[path] = "it is no UTF-8"
            return ""

    def _toml(self, path: str) -> Mapping[str, Any]:
        try:
            return tomllib.loads(self.text(path))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self.unread[path] = f"it is no TOML: {error}"
            return {}

    def _yaml(self, path: str) -> yaml.Node | None:
        try:
            return yaml.compose(self.text(path), Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self.unread[path] = "it is no YAML: " + " ".join(str(error).split())
            return None

    def _walk(self, root: Traversable) -> Iterator[tuple[str, Traversable]]:
        """Yield every file that git would keep, without following a link."""
        todo: list[tuple[str, Traversable, int]] = [("", root, 0)]
        ignored: dict[str, GitIgnoreSpec] = {}
        count = 0
        while todo:
            prefix, folder, depth = todo.pop()
            children = self._children(prefix, folder)
            if ".gitignore" in children:
                ignored[prefix] = _spec(children[".gitignore"])
            for name, child in children.items():
                path = prefix + name
                if _is_ignored(path, ignored) or getattr(child, "is_symlink", bool)():
                    continue
                if child.is_dir():
                    if name in _LEFT_OUT or ("pyvenv.cfg" in children and prefix):
                        continue
                    if depth < DEEPEST:
                        todo.append((f"{path}/", child, depth + 1))
                    else:
                        self.unread[path] = f"it lies more than {DEEPEST} folders deep"
                elif child.is_file():
                    count += 1
                    if count > MOST_FILES:
                        self.unread[""] = f"there are more than {MOST_FILES} files"
                        return
                    yield path, child

    def _children(self, prefix: str, folder: Traversable) -> dict[str, Traversable]:
        try:
            return {child.name: child for child in folder.iterdir()}
        except OSError as error:
            self.unread[prefix] = error.strerror or type(error).__name__
            return {}


def _spec(file: Traversable) -> GitIgnoreSpec:
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST).decode("utf-8", "replace")
        return GitIgnoreSpec.from_lines(text.splitlines())
    except (OSError, ValueError):
        return GitIgnoreSpec.from_lines([])


def _is_ignored(path: str, ignored: Mapping[str, GitIgnoreSpec]) -> bool:
    return any(
        path.startswith(prefix)
        and (
            spec.match_file(path.removeprefix(prefix))
            or spec.match_file(path.removeprefix(prefix) + "/")
        )
        for prefix, spec in ignored.items()
    )
