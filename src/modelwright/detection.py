"""What a repository says of itself, and what a template's questions call it; nothing is run."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .naming.derived import title_from_name

Read = Callable[[str], str]
# What templates call it: ours first, then those that are common.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "project_name", "project_title"),
    "name": ("command", "project_slug", "repo_name", "repository_name", "distribution_name"),
    "package": ("package", "package_name", "python_package", "module_name", "import_name"),
    "description": ("description", "project_description", "project_short_description"),
    "python": ("python_version", "minimum_python_version", "python"),
    "licence": ("licence", "license", "open_source_license"),
    "ci": ("ci", "ci_provider"),
    "tests": ("tests_folder", "tests_dir"),
}
_NO_PACKAGES = {"tests", "test", "docs", "doc", "scripts", "examples", "notebooks", "tools", "src"}
_LICENCES = {"MIT": r"\bMIT\b", "Apache-2.0": r"Apache", "BSD-3-Clause": r"BSD.3.Clause"}
_CI = {"github": (".github/workflows/",), "gitlab": (".gitlab-ci.yml",)}
_OLDEST = re.compile(r"(?:>=|\^|~=?|==)\s*(\d+\.\d+)")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


@dataclass(frozen=True)
class Facts:
    """What a repository says of itself; empty where it says nothing.

    `name` is the distribution's, `package` the one to import, `python` the oldest version that
    is supported, and `tests` their folder.
    """

    name: str = ""
    package: str = ""
    description: str = ""
    python: str = ""
    licence: str = ""
    ci: str = ""
    tests: str = ""
    dependencies: tuple[str, ...] = ()

    @property
    def known(self) -> dict[str, Any]:
        """Return those that the repository tells."""
        return {name: value for name, value in asdict(self).items() if value}

    def answers(self, recorded: Mapping[str, Any]) -> dict[str, Any]:
        """Return what answers a template's questions: facts, and what another one *recorded*.

        A recorded answer is taken as it stands by a question of the same name, and by one that
        asks for the same thing where the repository itself does not tell.
        """
        found = {fact: _first(recorded, names) for fact, names in _ASKED.items()}
        found["title"] = found["title"] or title_from_name(self.name)
        found |= {fact: value for fact, value in self.known.items() if fact in _ASKED}
        found["name"] = re.sub(r"[-_.]+", "-", found["name"]).lower()  # as PEP 503 has it
        spread = {name: found[fact] for fact, names in _ASKED.items() for name in names}
        return {name: value for name, value in spread.items() if value} | dict(recorded)


def detected(paths: Collection[str], read: Read) -> Facts:
    """Return what the files at *paths*, of which *read* gives the text, say of the repository."""
    tables = [_pyproject(read), _poetry(read), _setup_cfg(read), _setup_py(read)]
    declared = {key: value for each in reversed(tables) for key, value in each.items() if value}
    name = _text(declared.get("name"))
    listed = declared.get("dependencies") or read("requirements.txt").splitlines()
    return Facts(
        name,
        _package(paths, name),
        _text(declared.get("description")),
        _oldest(_text(declared.get("python")) or f"=={read('.python-version')}"),
        _licence(paths, read, declared.get("licence")),
        next((ci for ci, starts in _CI.items() if _any(paths, starts)), ""),
        next((name for name in ("tests", "test") if _any(paths, (f"{name}/",))), ""),
        _names(listed),
    )


def _first(recorded: Mapping[str, Any], names: Collection[str]) -> str:
    return next((_text(recorded[name]) for name in names if _text(recorded.get(name))), "")


def _pyproject(read: Read) -> dict[str, Any]:
    project = _table(_toml(read), "project")
    found = {key: project.get(key) for key in ("name", "description", "dependencies")}
    licence = project.get("license")
    licence = licence.get("text") if isinstance(licence, dict) else licence
    classified = " ".join(map(str, _list(project.get("classifiers"))))
    licence = licence or ("License ::" in classified and classified)
    return {**found, "python": project.get("requires-python"), "licence": licence}


def _poetry(read: Read) -> dict[str, Any]:
    poetry = _table(_table(_toml(read), "tool"), "poetry")
    needed = _table(poetry, "dependencies")
    found = {key: poetry.get(key) for key in ("name", "description")}
    found |= {"licence": poetry.get("license"), "python": needed.get("python")}
    return {**found, "dependencies": [name for name in needed if name != "python"]}


def _setup_cfg(read: Read) -> dict[str, Any]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read("setup.cfg"))
    except configparser.Error:
        return {}
    found = {key: parser.get("metadata", key, fallback="") for key in ("name", "description")}
    found["licence"] = parser.get("metadata", "license", fallback="")
    found["python"] = parser.get("options", "python_requires", fallback="")
    needed = parser.get("options", "install_requires", fallback="")
    return {**found, "dependencies": needed.splitlines()}


def _setup_py(read: Read) -> dict[str, Any]:
    """Return the plain values that `setup()` is called with; what is computed is not known."""
    try:
        tree = ast.parse(read("setup.py"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and "setup" in (
            getattr(node.func, "id", ""),
            getattr(node.func, "attr", ""),
        ):
            for each in node.keywords:
                try:
                    found[each.arg or ""] = ast.literal_eval(each.value)
                except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    continue
    new = {"license": "licence", "python_requires": "python", "install_requires": "dependencies"}
    return {new.get(key, key): value for key, value in found.items()}


def _toml(read: Read) -> dict[str, Any]:
    try:
        return tomllib.loads(read("pyproject.toml"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _package(paths: Collection[str], name: str) -> str:
    """Return the package of that *name*, or else the largest one."""
    inits = (path.split("/") for path in paths if path.endswith("/__init__.py"))
    tops = {
        "/".join(parts[:-1]) for parts in inits if len(parts) == (3 if parts[0] == "src" else 2)
    }
    tops -= _NO_PACKAGES
    within = [top for top in tops if top.startswith("src/")] or sorted(tops)
    wanted = re.sub(r"[-.]+", "_", name).lower()
    sizes = Counter({top: sum(path.startswith(f"{top}/") for path in paths) for top in within})
    best = max(within, key=lambda top: (top.split("/")[-1].lower() == wanted, sizes[top], top),
               default="")  # fmt: skip
    return best.split("/")[-1]


def _licence(paths: Collection[str], read: Read, declared: Any) -> str:
    file = next((path for path in ("LICENSE", "LICENSE.txt", "LICENSE.md") if path in paths), "")
    text = _text(declared) or (read(file)[:200] if file else "")
    named = next((name for name, words in _LICENCES.items() if re.search(words, text)), "")
    return named or _text(declared)


def _oldest(constraint: str) -> str:
    found = _OLDEST.search(constraint)
    return found[1] if found else ""


def _names(listed: object) -> tuple[str, ...]:
    found = (_REQUIREMENT.match(line) for line in _list(listed) if isinstance(line, str))
    return tuple(dict.fromkeys(each[1] for each in found if each))


def _any(paths: Collection[str], starts: tuple[str, ...]) -> bool:
    return any(path.startswith(starts) for path in paths)


def _table(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = found.get(key)
    return table if isinstance(table, dict) else {}


def _list(found: object) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else []


def _text(found: object) -> str:
    return " ".join(found.split()) if isinstance(found, str) else ""
