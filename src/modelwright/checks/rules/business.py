"""P1 business metric first, and P2 accuracy has a price."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, constant
from .words import PROSE, SETTINGS, headed, said

_OBJECTIVE = re.compile(
    r"\b(objectives?|goals?|business|purpose|intended use|use cases?|problem|why)\b", re.I
)
# A sentence, and no name of a loss.
_OBJECTIVE_KEY = re.compile(r"^\[objective\]|^objective\s*[:=]\s*[\"']?\w+ \w+", re.I)
_VALUE = re.compile(
    r"^\[(\S+\.)?(value|payoff)s?\]|(value|profit|revenue|saving|benefit|payoff|utility)_?(per|of|matrix)?\s*[:=]"
    r"|cost_(matrix|fp|fn|per)|(per|false)_(positive|negative)_cost",
    re.I,
)
_VALUE_NAME = re.compile(
    r"profit|revenue|payoff|cost_matrix|business_value|expected_value|savings"
    r"|cost_(of_)?(a_)?(false|miss|fp\b|fn\b)|(false_?(alarm|positive|negative)|miss(ed)?)s?_(cost|value)"
)
_COST = re.compile(
    r"^\[(.*\.)?costs?\]|^[{\s\"']*costs?[\"']?\s*[:=]"
    r"|costs?_of_(training|serving)|(training|serving|compute|maintenance|cloud|gpu|inference|infrastructure)_?(costs?|price|budget)"
    r"|(cost|price|budget)_?(per|eur|usd)",
    re.I,
)
_COSTS = re.compile(r"\b(costs?|budget|pricing)\b", re.I)
_STUDIES = {"optuna.create_study", "optuna.load_study"}
_ENOUGH_TOLD = 2
_SHIPS = re.compile(
    r"promot|regist(er|ry)|deploy|champion|challenger|publish|release|approv|swap_in|go_live", re.I
)
_ACCURACY = re.compile(r"(^|_)acc(uracy)?(_score)?$|^\w*Accuracy$")
_MEASURES = re.compile(r"torchmetrics\.|torcheval\.|sklearn\.(metrics\.|.*cross_val)")
_SCORE = re.compile(
    r"score|metric|accuracy|auc|f1|rmse|mae|mse|loss|precision|recall|(^|_)ap(_|$)", re.I
)
_FLOOR = re.compile(
    r"required|minimum|threshold|limit|floor|target|(^|_)(min|max)(_|$)|budget", re.I
)


class Objective(Rule):
    """The objective is written down."""

    id = "MW-P1-1"
    needs = "model"
    reads = (".py", ".ipynb", ".md", ".rst", ".toml")
    why = "Better means that an objective is met better; without one, a loss stands in for it."
    fix = "Say in the README, or in contract.toml [objective], what the model is to achieve."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a heading or a key that names it."""
        keyed = said(files, _OBJECTIVE_KEY, "*.toml", "*.yaml", "*.yml")
        if not keyed and not headed(files, _OBJECTIVE, *PROSE):
            yield Finding("README.md", 0, "no heading and no contract names the objective")


class ValuePerOutcome(Rule):
    """Each outcome has a value."""

    id = "MW-P1-2"
    severity = "note"
    needs = "model"
    reads = (".py", ".ipynb", ".toml", ".yaml", ".yml")
    why = "A hit and a false alarm are worth different amounts, which no accuracy knows."
    fix = "State what each outcome is worth in contract.toml [value], and evaluate in it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a value in settings, then for its name in code."""
        if said(files, _VALUE, *SETTINGS):
            return
        if not any(each.speaks_of(_VALUE_NAME) for each in files.code):
            first = files.training[0]
            yield Finding(first.path, 0, "nothing says what a right or a wrong answer is worth")


class AccuracyAlone(Rule):
    """Accuracy is not the only metric."""

    id = "MW-P1-3"
    needs = "training"
    why = "On unequal classes accuracy is high for a model that never finds what is looked for."
    fix = "Add the value, or precision and recall at the threshold that is used."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for accuracy, computed or asked for by name, where no other metric is."""
        used = [(each, *found) for each in files.code for found in _metrics(each)]
        if used and all(_ACCURACY.search(name) for _, _, name in used):
            module, line, _ = used[0]
            yield Finding(module.path, line, "accuracy is the only metric that is computed")


def _metrics(module: Module) -> Iterator[tuple[int, str]]:
    """Yield where a metric is computed or asked for by name, and its name."""
    for call in module.calls:
        asked = constant(call.keyword("scoring")) or (call.name == "evaluate.load" and _first(call))
        listed = call.keyword("metrics") if call.method == "compile" else None
        if asked:
            yield call.line, asked
        elif isinstance(listed, ast.List | ast.Tuple):
            yield from ((call.line, constant(each) or ast.unparse(each)) for each in listed.elts)
        elif _MEASURES.match(call.name):
            yield call.line, call.method


def _first(call: Call) -> str:
    return constant(call.node.args[0]) if call.node.args else ""


class CostStated(Rule):
    """What the model costs is stated."""

    id = "MW-P2-1"
    severity = "note"
    needs = "model"
    reads = (".py", ".ipynb", ".md", ".rst", ".toml", ".yaml", ".yml")
    why = "An extra point of accuracy is worth it only where it pays for itself."
    fix = "State what training, serving and upkeep cost, for instance in contract.toml [cost]."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a cost in settings, for a heading, then for its name in code."""
        if said(files, _COST, *SETTINGS, "*.py") or headed(files, _COSTS, *PROSE):
            return
        if not any(each.speaks_of(_COST) for each in files.code):
            yield Finding(files.training[0].path, 0, "nothing says what training or serving costs")


class BarePromotion(Rule):
    """A model is promoted for a gain that somebody would notice."""

    id = "MW-P2-2"
    needs = "training"
    why = "With a bare `>` noise promotes a model half of the time, and each change costs."
    fix = "Ask for a smallest gain, and for an interval of the difference that lies above it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a comparison of two scores, no margin, in a function that ships."""
        for module in files.code:
            for node, scope, _ in module.nodes:
                name = getattr(scope, "name", module.path)
                if _bare(node) and _SHIPS.search(name):
                    line = getattr(node, "lineno", 0)
                    yield Finding(module.path, line, "one score is compared with another")


def _bare(test: ast.AST) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = (test.left, test.comparators[0])
    kinds = ast.Name | ast.Attribute | ast.Subscript | ast.Call
    simple = all(isinstance(side, kinds) for side in sides)
    ordered = isinstance(test.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE)
    texts = [ast.unparse(side) for side in sides]
    measured = all(_SCORE.search(text) for text in texts)
    return simple and ordered and measured and not any(map(_FLOOR.search, texts))


class EndlessSearch(Rule):
    """A search for settings has an end."""

    id = "MW-P2-3"
    needs = "learning"
    why = "Without a number of trials or a time limit a search runs, and costs, until it is killed."
    fix = "Give `optimize` `n_trials=` or `timeout=`, and others what they call that."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for searches of Optuna, Hyperopt and wandb without a limit."""
        for module in files.code:
            for call in module.calls:
                limits = _limits(module, call)
                given = [call.keyword(name) for name in limits]
                told = any(each and not _is_none(each) for each in given)
                if limits and not (told or call.unpacks or _stops(call)):
                    yield Finding(module.path, call.line, f"`{call.method}` has no limit")


def _limits(module: Module, call: Call) -> tuple[str, ...]:
    """Return the keywords that would limit the search that *call* starts; none where it is none."""
    receiver = call.name.rpartition(".")[0]
    if call.method == "optimize" and "optuna" in module.packages:
        study = call.owner in _STUDIES or receiver.endswith("study")
        return ("n_trials", "timeout") if study and len(call.node.args) < _ENOUGH_TOLD else ()
    if call.name == "hyperopt.fmin":
        return ("max_evals", "timeout", "early_stop_fn", "loss_threshold")
    return ("count",) if call.name == "wandb.agent" else ()


def _is_none(given: ast.expr) -> bool:
    return isinstance(given, ast.Constant) and given.value is None


def _stops(call: Call) -> bool:
    """Say whether a callback counts trials."""
    given = call.keyword("callbacks")
    return given is not None and bool(re.search(r"MaxTrials|[Ss]top", ast.unparse(given)))


RULES = (
    Objective(),
    ValuePerOutcome(),
    AccuracyAlone(),
    CostStated(),
    BarePromotion(),
    EndlessSearch(),
)
