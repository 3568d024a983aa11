"""What Python code does, as far as its text tells: calls with the names that imports give them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cached_property

from .answering import Route, answerers, routes, serves
from .syntax import Assignment, Call, Node, goals, statements, walked

LEARNING = {
    *("sklearn", "torch", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "jax", "flax"),
    *("transformers", "pytorch_lightning", "lightning", "statsmodels", "fastai", "prophet"),
    *("optax", "simpletransformers", "pytorch_tabnet", "ultralytics", "trl", "fasttext"),
}
DEEP = {"torch", "tensorflow", "keras", "flax", "transformers", "pytorch_lightning", "lightning"}
DEEP |= {"optax", "simpletransformers", "pytorch_tabnet", "ultralytics", "trl", "fastai"}
_RUNTIMES = {"onnxruntime", "skops", "joblib", "mlflow", "bentoml"}
_PREDICTS = re.compile(r"predict|score|infer|classif|forecast|recommend|model", re.I)
_FITS = {
    *("fit", "fit_transform", "fit_predict", "partial_fit", "train", "train_on_batch", "backward"),
    *("cross_val_score", "cross_validate", "cross_val_predict"),
}


class Unparsable(Exception):  # noqa: N818 - it reads as what it says
    """The text is no Python of the version that reads it."""


class Module:
    """One Python file: its tree, what its names were imported as, and every call."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self.imports = dict(_imported(tree))

    @classmethod
    def parse(cls, path: str, text: str, lines: tuple[int, ...] = ()) -> Module:
        """Parse *text*, whose lines are those *lines* of the file where they are others.

        Raises:
            Unparsable: it is no Python.

        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except SyntaxError as error:
            raise Unparsable(f"it is no Python: {error.msg}, line {error.lineno}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise Unparsable(f"it can't be parsed: {error or type(error).__name__}") from error
        for node in ast.walk(tree) if lines else ():
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler):
                node.lineno = lines[node.lineno - 1]
        return cls(path, tree)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node, in the order of the text."""
        return tuple(walked(self.tree))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call, in the order of the text."""
        made: dict[tuple[ast.AST, str], str] = {}
        for node, scope, _ in self.nodes:
            if isinstance(node, Assignment) and isinstance(node.value, ast.Call):
                name = self.dotted(node.value.func)
                made |= {
                    (scope, dotted): name for goal in goals(node) if (dotted := self.dotted(goal))
                }
        return tuple(
            Call(self.dotted(node.func), self._owner(node.func, scope, made), node, scope, targets)
            for node, scope, targets in self.nodes
            if isinstance(node, ast.Call)
        )

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every function that a decorator binds to a path."""
        return tuple(routes(self))

    @cached_property
    def answering(self) -> tuple[Call, ...]:
        """Every call in a function that runs for a request."""
        functions = answerers(self)
        return tuple(call for call in self.calls if call.scope in functions)

    @property
    def name(self) -> str:
        """What it is imported as, from the repository's root."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def depends(self) -> frozenset[str]:
        """What is imported, and what holds it, with relative imports resolved."""
        found = set()
        for name in self.imports.values():
            rest = name.lstrip(".")
            level = len(name) - len(rest)
            above = self.path.split("/")[:-level] if level else []
            full = ".".join([*above, rest])
            found |= {full, full.rpartition(".")[0]}
        return frozenset(found)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages that are imported."""
        return frozenset(name.partition(".")[0] for name in self.imports.values())

    @property
    def learns(self) -> bool:
        """Say whether a library of machine learning is imported."""
        return bool(self.packages & LEARNING)

    @property
    def deep(self) -> bool:
        """Say whether a library of deep learning is imported."""
        return bool(self.packages & DEEP)

    @cached_property
    def trains(self) -> bool:
        """Say whether a model is fitted."""
        return self.learns and any(call.method in _FITS for call in self.calls)

    @cached_property
    def serves(self) -> bool:
        """Say whether requests are answered."""
        return serves(self)

    @cached_property
    def predicts(self) -> bool:
        """Say whether a route's path or a call speaks of predictions, or a model is loaded."""
        return (
            any(_PREDICTS.search(route.path) for route in self.routes)
            or any(call.method in {"predict", "predict_proba"} for call in self.calls)
            or bool(self.packages & _RUNTIMES)
        )

    @cached_property
    def learners(self) -> int:
        """How many classes can be fitted."""
        return sum(
            any(isinstance(each, ast.FunctionDef) and each.name == "fit" for each in node.body)
            for node, _, _ in self.nodes
            if isinstance(node, ast.ClassDef)
        )

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Every name that the code uses or defines, in lower case."""
        found = set(self.imports) | set(self.imports.values())
        for node, _, _ in self.nodes:
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                    found.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.add(name)
                case ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                    found.add(name)
        return frozenset(name.lower() for name in found)

    def speaks_of(self, pattern: re.Pattern[str]) -> bool:
        """Say whether a name in the code, or the file's own, matches."""
        return bool(pattern.search(self.path)) or any(map(pattern.search, self.identifiers))

    def imported_at(self, packages: set[str]) -> int:
        """Return the line that imports one of *packages* first, or 0."""
        for node, _, _ in self.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                if isinstance(node, ast.ImportFrom):
                    names = [] if node.level else [node.module or ""]
                if any(name.partition(".")[0] in packages for name in names):
                    return node.lineno
        return 0

    def dotted(self, node: ast.AST) -> str:
        """Return the dotted name of an expression with its imports resolved, or ""."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            parts.append(self.imports.get(node.id, node.id))
        elif not parts:
            return ""
        else:
            parts.append("")
        return ".".join(reversed(parts))

    def _owner(
        self, function: ast.expr, scope: ast.AST, made: dict[tuple[ast.AST, str], str]
    ) -> str:
        if not isinstance(function, ast.Attribute):
            return ""
        receiver = function.value
        if isinstance(receiver, ast.Call):
            return self.dotted(receiver.func)
        name = self.dotted(receiver)
        return made.get((scope, name)) or made.get((self.tree, name), "")


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                yield name, alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, f"{start}.{alias.name}"
