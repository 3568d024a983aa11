"""P4 engineering end to end: code and tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import DEEP
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, constant, is_talk, is_true
from .words import is_split

_PERSON = (
    r"(file://)?(/home/(?!app\b|user\b|jovyan\b|runner\b)\w+|/Users/\w+"
    r"|[A-Z]:[\\/]Users[\\/]\w+)[/\\]"
)
_HOME = re.compile(f"^{_PERSON}")
_SET = re.compile(rf"(?<=[=:] )[\"']?{_PERSON}")
_SEEDS = re.compile(
    r"^(numpy\.random\.(seed|default_rng)|torch\.manual_seed|random\.seed|tensorflow\.random\.set_seed"
    r"|.*\.(seed_everything|set_seed|set_global_seed|set_random_seed|keras\.utils\.set_random_seed))$"
)
_DRAWS = re.compile(
    r"^numpy\.random\.(rand|randn|randint|choice|shuffle|permutation|normal|uniform)$"
    r"|^random\.(shuffle|sample|choice|choices|randint|random)$"
)
_RESAMPLERS = {"SMOTE", "ADASYN", "RandomOverSampler", "RandomUnderSampler", "BorderlineSMOTE"}
_RANDOM = {
    *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "MLPClassifier"),
    *("ExtraTreesRegressor", "MLPRegressor", "GradientBoostingClassifier", "KMeans"),
    *("GradientBoostingRegressor", "RandomizedSearchCV", "SGDClassifier", "train_test_split"),
    *("DecisionTreeClassifier", "DecisionTreeRegressor", "SGDRegressor", "BaggingClassifier"),
}


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
                # A toolkit draws for its callers, who own the state of the generator.
                if (sklearn and not _has_seed(call)) or (not files.is_toolkit and _draws(call)):
                    yield Finding(module.path, call.line, f"`{call.method}` has no seed")
        yield from self._deep(files)

    def _deep(self, files: Snapshot) -> Iterator[Finding]:
        """Deep learning draws its weights, whoever calls it: one seed in the repository will do."""
        calls = (call for module in files.code for call in module.calls)
        deep = [each for each in files.training if each.deep]
        if deep and not files.is_toolkit and not any(_SEEDS.match(call.name) for call in calls):
            yield Finding(deep[0].path, deep[0].imported_at(DEEP), "nothing seeds the weights")


def _draws(call: Call) -> bool:
    """Say whether a call draws without a generator that has a seed."""
    if call.name == "numpy.random.default_rng":
        return not call.node.args and not call.node.keywords
    if call.method.endswith("KFold") and is_true(call.keyword("shuffle")):
        return not _has_seed(call)
    resamples = call.name.startswith("imblearn.") and call.method in _RESAMPLERS
    return bool(_DRAWS.match(call.name)) or (resamples and not _has_seed(call))


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
        """Look for texts in code, and values in settings, that begin with a home folder."""
        for module in files.code:
            for node, _, _ in module.nodes:
                if isinstance(node, ast.Constant) and (found := _HOME.match(constant(node))):
                    yield Finding(module.path, node.lineno, f"`{found[0]}...`")
        for path, line, said in files.grep(_SET, "*.toml", "*.yaml", "*.yml"):
            yield Finding(path, line, f"`{said}...`")


class SwallowedErrors(Rule):
    """No error vanishes."""

    id = "MW-P4-15"
    needs = "python"
    why = "A step that failed in silence leaves half of the data, and a model that fits it."
    fix = "Catch what you expect, and say what was done about it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for handlers of everything that pass or continue, and for what suppresses it."""
        for module in files.code:
            for node, _, _ in module.nodes:
                dropped = isinstance(node, ast.ExceptHandler) and all(map(_goes_on, node.body))
                if dropped and (node.type is None or _is_any(node.type)):
                    yield Finding(module.path, node.lineno, "every error is dropped here")
            for call in module.calls:
                if call.name == "contextlib.suppress" and any(map(_is_any, call.node.args)):
                    yield Finding(module.path, call.line, "every error is dropped here")


def _goes_on(node: ast.stmt) -> bool:
    return is_talk(node) or isinstance(node, ast.Continue)


def _is_any(kind: ast.expr) -> bool:
    """Say whether a type of exceptions, or one of several, is that of all."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(ast.unparse(each) in {"Exception", "BaseException"} for each in kinds)


class Readable(Rule):
    """Every file of code and settings can be read."""

    id = "MW-P4-16"
    reads = ()
    why = "What can't be parsed is checked by nobody: not by this audit, nor by other tools."
    fix = "Mend or delete it; suppress the rule for files that are broken on purpose."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Read all that the other rules read."""
        large = "it has more than"
        for path, why in sorted(files.unreadable().items()):
            if path.endswith(".ipynb") and why.startswith(large):
                continue
            line = re.search(r"\bline (\d+)", why)
            yield Finding(path, int(line[1]) if line else 0, why)


RULES = (Readable(), Seeded(), PortablePaths(), SwallowedErrors())
