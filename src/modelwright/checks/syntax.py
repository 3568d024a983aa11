"""What single expressions of Python's say: calls, names and literals."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Call:
    """A call: its dotted name, what made its receiver (`sklearn.svm.SVC`, or ""), its function."""

    name: str
    owner: str
    node: ast.Call
    scope: ast.AST
    targets: frozenset[str]

    @property
    def method(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.node.lineno

    @property
    def names(self) -> frozenset[str]:
        """Every variable that its arguments mention."""
        given = [*self.node.args, *(word.value for word in self.node.keywords)]
        return frozenset(variables(*given))

    def keyword(self, name: str) -> ast.expr | None:
        """Return the value of a keyword, or None."""
        return next((word.value for word in self.node.keywords if word.arg == name), None)

    @property
    def unpacks(self) -> bool:
        """Say whether some keywords are known only when it runs."""
        return any(word.arg is None for word in self.node.keywords)


def variables(*nodes: ast.AST) -> Iterator[str]:
    """Yield the names of all variables in *nodes*."""
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield each.id


def constant(node: ast.AST | None) -> str:
    """Return the text of a literal, or ""."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_true(node: ast.AST | None) -> bool:
    """Say whether it is the literal True."""
    return isinstance(node, ast.Constant) and node.value is True


def is_talk(node: ast.stmt) -> bool:
    """Say whether a statement does nothing: `pass`, or a text."""
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
