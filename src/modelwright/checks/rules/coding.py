"""P4 engineering end to end: code and tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import DEEP
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, Function, constant, statements
from .words import is_split

_HOME = re.compile(r"^(/home/\w+|/Users/\w+|[A-Z]:\\Users\\\w+)[/\\]")
_SEEDS = re.compile(
    r"^(numpy\.random\.(seed|default_rng)|torch\.manual_seed|random\.seed|tensorflow\.random\.set_seed"
    r"|.*\.(seed_everything|set_seed|set_global_seed|set_random_seed|keras\.utils\.set_random_seed))$"
)
_DRAWS = re.compile(
    r"^numpy\.random\.(rand|randn|randint|choice|shuffle|permutation|normal|uniform)$"
)
_RANDOM = {
    *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "MLPClassifier"),
    *("ExtraTreesRegressor", "MLPRegressor", "GradientBoostingClassifier", "KMeans"),
    *("GradientBoostingRegressor", "RandomizedSearchCV", "SGDClassifier", "train_test_split"),
    *("DecisionTreeClassifier", "DecisionTreeRegressor", "SGDRegressor", "BaggingClassifier"),
}


class Tested(Rule):
    """The code has tests."""

    id = "MW-P4-11"
    needs = "python"
    why = "Feature code that nothing tests changes its numbers without a sound."
    fix = "Start with one test that runs the pipeline on ten rows."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for one function whose name says that it is a test."""
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
            for test in _tests(module.tree):
                if how := _empty(test):
                    yield Finding(module.path, test.lineno, f"`{test.name}` {how}")


def _tests(tree: ast.Module) -> list[Function]:
    return [
        node
        for node in statements(tree)
        if isinstance(node, Function) and node.name.startswith("test")
    ]


def _empty(test: Function) -> str:
    body = [each for each in test.body if not _is_talk(each)]
    if not body:
        return "does nothing"
    always = all(
        isinstance(each, ast.Assert) and isinstance(each.test, ast.Constant) and each.test.value
        for each in body
    )
    return "asserts what is always so" if always else ""


def _is_talk(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


class Seeded(Rule):
    """What is random has a seed."""

    id = "MW-P4-13"
    needs = "training"
    why = "Without a seed nobody can tell a change of the code from the luck of the draw."
    fix = "Pass `random_state=`, from one seed in the settings."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for draws, splits and estimators without one, in modules that set none."""
        for module in files.code:
            if any(_SEEDS.match(call.name) and call.node.args for call in module.calls):
                continue
            for call in module.calls:
                sklearn = "sklearn" in call.name and call.method in _RANDOM
                if (sklearn and not _has_seed(call)) or _DRAWS.match(call.name):
                    yield Finding(module.path, call.line, f"`{call.method}` has no seed")
        yield from self._deep(files)

    def _deep(self, files: Snapshot) -> Iterator[Finding]:
        """Deep learning draws its weights, whoever calls it: one seed in the repository will do."""
        calls = (call for module in files.code for call in module.calls)
        deep = [each for each in files.training if each.deep]
        if deep and not any(_SEEDS.match(call.name) for call in calls):
            yield Finding(deep[0].path, deep[0].imported_at(DEEP), "nothing seeds the weights")


def _has_seed(call: Call) -> bool:
    given = call.keyword("random_state")
    none = isinstance(given, ast.Constant) and given.value is None
    return (given is not None and not none) or call.unpacks or is_unshuffled(call)


def is_unshuffled(call: Call) -> bool:
    """Say whether a split keeps the order of rows, and needs no seed."""
    shuffle = call.keyword("shuffle")
    return is_split(call) and isinstance(shuffle, ast.Constant) and shuffle.value is False


class PortablePaths(Rule):
    """No path leads to somebody's machine."""

    id = "MW-P4-14"
    needs = "python"
    why = "It works for one person, until that machine is gone."
    fix = "Take the path from settings, or from where the file stands."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for texts that begin with a home folder."""
        for module in files.code:
            for node, _, _ in module.nodes:
                if isinstance(node, ast.Constant) and (found := _HOME.match(constant(node))):
                    yield Finding(module.path, node.lineno, f"`{found[0]}...`")


class SwallowedErrors(Rule):
    """No error vanishes."""

    id = "MW-P4-15"
    needs = "python"
    why = "A step that failed in silence leaves half of the data, and a model that fits it."
    fix = "Catch what you expect, and say what was done about it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for handlers of everything that only pass."""
        for module in files.code:
            for node, _, _ in module.nodes:
                if isinstance(node, ast.ExceptHandler) and all(map(_is_talk, node.body)):
                    kind = ast.unparse(node.type) if node.type else ""
                    if kind in {"", "Exception", "BaseException"}:
                        yield Finding(module.path, node.lineno, "every error is dropped here")


class Readable(Rule):
    """Every file of code and settings can be read."""

    id = "MW-P4-16"
    reads = ()
    why = "What can't be parsed is checked by nobody: not by this audit, nor by other tools."
    fix = "Mend or delete it; suppress the rule for files that are broken on purpose."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Read all that the other rules read."""
        for path, why in sorted(files.unreadable().items()):
            line = re.search(r"\bline (\d+)", why)
            yield Finding(path, int(line[1]) if line else 0, why)


RULES = (Readable(), Tested(), TestsCanFail(), Seeded(), PortablePaths(), SwallowedErrors())
