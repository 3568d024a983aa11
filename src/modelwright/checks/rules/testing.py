"""P4 engineering end to end: tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Function, is_talk
from .words import said

_DOCTESTS = re.compile(r"--doctest-(modules|glob)|\bdoctest\.testmod\(|^\s*doctest_optionflags")
_COLLECTED = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests?)\.py$")
_EVERYTHING = {"Exception", "BaseException", "AssertionError"}


class Tested(Rule):
    """The code has tests."""

    id = "MW-P4-11"
    needs = "python"
    why = "Feature code that nothing tests changes its numbers without a sound."
    fix = "Start with one test that runs the pipeline on ten rows."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for one function whose name says that it is a test, a feature or doctests."""
        described = said(files, _DOCTESTS, "*.toml", "*.cfg", "*.ini", "*.py")
        if any(files.matching("*.feature")) or described:
            return
        if not any(_tests(each.tree) for each in files.tests):
            yield Finding("tests", 0, "there is no test")


class TestsCanFail(Rule):
    """Every test can fail."""

    id = "MW-P4-12"
    needs = "python"
    why = "A test that checks nothing is green whatever the code does."
    fix = "Compare what came out with what should, or delete it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for tests that only pass, or that assert what is always so."""
        for module in files.tests:
            for test in _tests(module.tree) if _COLLECTED.search(module.path) else ():
                if how := _empty(test):
                    yield Finding(module.path, test.lineno, f"`{test.name}` {how}")


def _tests(tree: ast.Module) -> list[Function]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, Function)
        and node.name.startswith("test")
        and not any("fixture" in ast.unparse(word) for word in node.decorator_list)
    ]


def _empty(test: Function) -> str:
    body = [each for each in test.body if not is_talk(each)]
    if not body or isinstance(body[0], ast.Return):
        return "does nothing"
    text = ast.unparse(test)
    if any(word in text for word in ("raises", "warns", "fail(")):
        return ""
    checks = [each for each in ast.walk(test) if _checked(each) is not None]
    if checks and all(_always(_checked(each)) for each in checks):
        return "asserts what is always so"
    if len(body) == 1 and isinstance(body[0], ast.Try) and _catches_all(body[0]):
        return "catches its own failure"
    return ""


def _checked(node: ast.AST) -> ast.expr | None:
    """Return what an assertion asserts, also unittest's; None where it is none."""
    if isinstance(node, ast.Assert):
        return node.test
    name = (
        node.func.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        else ""
    )
    if not (isinstance(node, ast.Call) and name.startswith("assert")):
        return None
    if name == "assertTrue" and node.args:
        return node.args[0]
    if name in {"assertEqual", "assertIs"} and len(node.args) > 1:
        return ast.Compare(node.args[0], [ast.Eq()], [node.args[1]])
    return ast.Name(name)


def _always(told: ast.expr | None) -> bool:
    """Say whether an expression is true whatever the code does."""
    match told:
        case ast.Constant(value=value) | ast.Tuple(elts=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_always, values))
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            same = ast.unparse(left) == ast.unparse(right)
            return same and isinstance(left, ast.Constant | ast.Name)
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len")), ops=[ast.GtE()], comparators=[right]
        ):
            return isinstance(right, ast.Constant) and right.value == 0
    return False


def _catches_all(tried: ast.Try) -> bool:
    return any(
        all(map(is_talk, each.body))
        and (each.type is None or ast.unparse(each.type) in _EVERYTHING)
        for each in tried.handlers
    )


RULES = (Tested(), TestsCanFail())
