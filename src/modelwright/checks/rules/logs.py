"""P7 know the data: what must not be logged."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Function, variables

_LOG = re.compile(r"^(print|logging\.\w+|logger\.\w+|log\.\w+|.*\.logger\.\w+)$")
_BODY = re.compile(
    r"\b((self\.)?request\.(json|data|form|body|POST|get_json\(\))|payload|body|features)\b"
)
_BODY_READ = re.compile(r"\brequest\.(get_json\(|json|form\b|body\b|data\b)")
_PLAIN = {"str", "int", "float", "bool", "Request", "Response", "BackgroundTasks", "WebSocket"}


class LoggedRows(Rule):
    """A service does not log what people send."""

    id = "MW-P7-6"
    severity = "error"
    needs = "service"
    why = "Logs are kept longer, and read by more people, than the data may be."
    fix = "Log an id, the model's version and the time taken."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a body that is printed or logged in a module that serves."""
        for module in files.services:
            for call in module.answering:
                sent = _sent(call.scope)
                given = [*call.node.args, *(word.value for word in call.node.keywords)]
                shown = next((said for each in given if (said := _shown(each, sent))), "")
                if shown and (_LOG.match(call.name) or "log" in call.owner):
                    yield Finding(module.path, call.line, f"`{shown}` goes to the log")


def _sent(function: ast.AST) -> set[str]:
    """Return the variables of a route that hold a whole body: read from it, or typed as one."""
    if not isinstance(function, Function):
        return set()
    read = {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _BODY_READ.search(ast.unparse(node.value))
        for name in variables(*node.targets)
    }
    arguments = (*function.args.args, *function.args.kwonlyargs)
    typed = {each.arg for each in arguments if _is_body(each.annotation)}
    return read | (typed if function.decorator_list else set())


def _is_body(kind: ast.expr | None) -> bool:
    """Say whether a type is a class of somebody's own: that of a body."""
    return isinstance(kind, ast.Name) and kind.id[:1].isupper() and kind.id not in _PLAIN


def _shown(node: ast.expr, sent: set[str]) -> str:
    """Return the body that is shown whole, or ""."""
    whole = node.values if isinstance(node, ast.JoinedStr) else []
    parts = [each.value for each in whole if isinstance(each, ast.FormattedValue)] or [node]
    for part in parts:
        if isinstance(part, ast.Call) and ast.unparse(part.func) == "len":
            continue
        text = "" if isinstance(part, ast.Constant) else ast.unparse(part)
        if text in sent:
            return text
        if found := _BODY.fullmatch(text) or re.fullmatch(
            r"request\.get_json\(.*\)|\w+\.(model_dump|dict)\(\)", text
        ):
            return found[0]
    return ""


RULES = (LoggedRows(),)
