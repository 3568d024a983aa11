"""What a module does for those who send requests: which routes it has, and what runs for one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .syntax import Function, constant

if TYPE_CHECKING:
    from .code import Module

_SERVERS = re.compile(
    r"^(fastapi\.(FastAPI|APIRouter)|flask\.(Flask|Blueprint)|litestar\.Litestar|bentoml\.service"
    r"|starlette\.applications\.Starlette|sanic\.Sanic|quart\.Quart|aiohttp\.web\.Application"
    r"|litserve\.LitServer|tornado\.web\.Application|ray\.serve\.deployment"
    r"|gradio\.(Interface|Blocks|ChatInterface|TabbedInterface))$"
)
# Whose modules are run, or called, for each request.
_HANDLERS = re.compile(
    r"^(streamlit$|django\.http\b|rest_framework\.|tornado\.web\b|aiohttp\.web$)"
)
_METHODS = {"get", "post", "put", "patch", "delete", "route", "api_route"}
_BARE = re.compile(r"^litestar\.(get|post|put|patch|delete|route)$")


@dataclass(frozen=True)
class Route:
    """A function that answers requests: its method, its path, and itself."""

    method: str
    path: str
    function: Function


def serves(module: Module) -> bool:
    """Say whether a module answers requests."""
    made = [call.name for call in module.calls]
    made += [
        module.dotted(word)
        for node, _, _ in module.nodes
        if isinstance(node, Function | ast.ClassDef)
        for word in node.decorator_list
    ]
    return any(map(_SERVERS.match, made)) or any(map(_HANDLERS.match, module.imports.values()))


def routes(module: Module) -> Iterator[Route]:
    """Yield every function that a decorator binds to a path."""
    for node, _, _ in module.nodes:
        for word in node.decorator_list if isinstance(node, Function) else ():
            found = _bound(module, word)
            if found and isinstance(node, Function):
                yield Route(*found, node)


def _bound(module: Module, word: ast.expr) -> tuple[str, str] | None:
    """Return method and path that a decorator names."""
    if module.dotted(word) == "bentoml.api":
        return "post", "/"
    if not isinstance(word, ast.Call):
        return None
    name = module.dotted(word.func)
    if name == "bentoml.api":
        return "post", "/"
    method = name.rpartition(".")[2]
    known = isinstance(word.func, ast.Attribute) or _BARE.match(name)
    path = constant(word.args[0]) if word.args else ""
    return (method, path) if known and method in _METHODS and path.startswith("/") else None


def answerers(module: Module) -> frozenset[ast.AST]:
    """Return the functions that run for a request: those of routes, and those that they call.

    What keeps its result does its work once, so it is none.
    """
    known = {node.name: node for node, _, _ in module.nodes if isinstance(node, Function)}
    found = {route.function for route in module.routes}
    todo = [*found]
    while todo:
        for call in ast.walk(todo.pop()):
            name = (
                call.func.id
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                else ""
            )
            if (each := known.get(name)) and each not in found and not _keeps(each):
                found.add(each)
                todo.append(each)
    return frozenset(found)


def _keeps(function: Function) -> bool:
    """Say whether a function remembers what it made: a cache, or a variable that it asks first."""
    cached = any("cache" in ast.unparse(word) for word in function.decorator_list)
    asks = any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function))
    return cached or asks or " is None" in ast.unparse(function)
