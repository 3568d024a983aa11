"""What single expressions of Python's say: calls, names and literals."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
Assignment = ast.Assign | ast.AnnAssign
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
_NONE = frozenset[str]()


class Node(NamedTuple):
    """A node, the function or module it stands in, and the variables that its value goes to."""

    node: ast.AST
    scope: ast.AST
    targets: frozenset[str]


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


def walked(tree: ast.Module) -> Iterator[Node]:
    """Yield every node that stands for text, in the order of the text."""
    todo = [Node(tree, tree, _NONE)]
    while todo:
        each = todo.pop()
        yield each
        node, scope, targets = each
        inner = node if isinstance(node, Function) else scope
        below = [Node(child, inner, targets) for child in children(node)]
        if isinstance(node, Assignment) and node.value:
            kept = frozenset(variables(*goals(node)))
            below[-1] = Node(node.value, inner, kept)  # it is what stands last
        todo += reversed(below)


def children(node: ast.AST) -> list[ast.AST]:
    """Return what stands directly below *node*, without operators and contexts."""
    found: list[ast.AST] = []
    for name in _fields(type(node)):
        below = getattr(node, name, None)
        if isinstance(below, ast.AST):
            found.append(below)
        elif isinstance(below, list):
            found += [each for each in below if isinstance(each, ast.AST)]
    return found


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in {"ctx", "op", "ops"})


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement, and the outer ones before those within."""
    todo = deque[ast.AST]([tree])
    while todo:
        node = todo.popleft()
        yield node
        for block in _BLOCKS:
            todo.extend(getattr(node, block, ()))


def goals(node: Assignment) -> list[ast.expr]:
    """Return what is assigned to."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def variables(*nodes: ast.AST) -> Iterator[str]:
    """Yield the names of all variables in *nodes*."""
    todo = deque(nodes)
    while todo:
        node = todo.popleft()
        if isinstance(node, ast.Name):
            yield node.id
        else:
            todo.extend(children(node))


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
