"""P3 serving is as important as training: what a service is sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Function

_CHECKED = {"pydantic", "marshmallow", "pandera", "jsonschema", "msgspec", "attrs", "cattrs"}
_LOOSE = {"dict", "Dict", "typing.Dict", "Any", "typing.Any", "list", "fastapi.Request", "object"}
_LOOSE |= {
    "starlette.requests.Request",
    "litestar.Request",
    "typing.Mapping",
    "collections.abc.Mapping",
}
_WEB = _LOOSE | {
    f"fastapi.{name}" for name in ("Response", "BackgroundTasks", "WebSocket", "UploadFile")
}
_READS = re.compile(r"\.(json|body|form|stream|data|get_json)\b")


class SchemaAtEdge(Rule):
    """A service checks what it is sent."""

    id = "MW-P3-3"
    severity = "error"
    needs = "predictions"
    why = "What is not checked at the edge comes back as a wrong prediction, or as an error 500."
    fix = "Declare the body as a model with types and ranges, and refuse what does not fit."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for routes that take a body and give it no type."""
        for module in files.predicting:
            for route in module.routes:
                takes = route.method in {"post", "put", "patch"} or _names_post(route.function)
                if takes and (how := _unchecked(module, route.function)):
                    yield Finding(module.path, route.function.lineno, f"{route.path} takes {how}")


def _names_post(function: Function) -> bool:
    return any('"POST"' in ast.unparse(each).replace("'", '"') for each in function.decorator_list)


def _unchecked(module: Module, function: Function) -> str:
    """Say in which unchecked form *function* takes its body, or ""."""
    if module.packages & _CHECKED and "flask" in module.packages:
        return ""
    for argument in (*function.args.args, *function.args.kwonlyargs):
        kind = argument.annotation
        if kind is not None and _is_loose(module, kind):
            whole = "Request" in ast.unparse(kind) and not _READS.search(ast.unparse(function))
            if whole or _is_typed(module, function) or _reads_itself(module, function):
                continue
            return f"`{argument.arg}: {ast.unparse(kind)}`"
    body = ast.unparse(function)
    if "flask" in module.packages and re.search(r"request\.(json|get_json|data|form)\b", body):
        return "`request.json` as it comes"
    return ""


def _is_typed(module: Module, function: Function) -> bool:
    """Say whether another argument is the body, as a class of the repository's own."""
    kinds = [each.annotation for each in (*function.args.args, *function.args.kwonlyargs)]
    names = [kind.id for kind in kinds if isinstance(kind, ast.Name)]
    return any(name[:1].isupper() and module.dotted(ast.Name(name)) not in _WEB for name in names)


def _is_loose(module: Module, kind: ast.expr) -> bool:
    """Say whether a type lets anything through, as `dict` and `dict[str, Any]` do."""
    if not isinstance(kind, ast.Subscript):
        return module.dotted(kind) in _LOOSE
    inner = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return module.dotted(kind.value) in _LOOSE and _is_loose(module, inner[-1])


def _reads_itself(module: Module, function: Function) -> bool:
    """Say whether the body is handed to a schema by hand."""
    return bool(module.packages & _CHECKED) and bool(
        re.search(
            r"validate|parse|[A-Z]\w*\(\*\*|model_validate|TypeAdapter|check", ast.unparse(function)
        )
    )


RULES = (SchemaAtEdge(),)
