"""P1 business metric first, and P2 accuracy has a price."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from .words import PROSE, SETTINGS, metric_calls, said

_OBJECTIVE = re.compile(
    r"^#+ .*\b(objective|goal|business|purpose|intended use|use cases?|problem|why)\b"
    r"|^\[objective\]|^objective\s*[:=]",
    re.I,
)
_VALUE = re.compile(
    r"^\[value\]|(value|profit|revenue|saving|benefit|payoff|utility)_?(per|of|matrix)?\s*[:=]"
    r"|cost_(matrix|fp|fn|per)|(per|false)_(positive|negative)_cost",
    re.I,
)
_VALUE_NAME = re.compile(r"profit|revenue|payoff|cost_matrix|business_value|expected_value|savings")
_COST = re.compile(r"^\[costs?\]|(training|serving|compute|maintenance|cloud)_?(cost|price)", re.I)
_COST_NAME = re.compile(r"cost|price_per|budget")
_SHIPS = re.compile(r"promot|register|deploy|champion|challenger|publish|release", re.I)
_SCORE = re.compile(r"score|metric|accuracy|auc|f1|rmse|mae|mse|loss|precision|recall", re.I)


class Objective(Rule):
    """The objective is written down."""

    id = "MW-P1-1"
    needs = "training"
    reads = (".py", ".ipynb", ".md", ".rst", ".toml")
    why = "Better means that an objective is met better; without one, a loss stands in for it."
    fix = "Say in the README, or in contract.toml [objective], what the model is to achieve."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a heading or a key that names it."""
        if not said(files, _OBJECTIVE, *PROSE, "*contract.toml"):
            yield Finding("README.md", 0, "no heading and no contract names the objective")


class ValuePerOutcome(Rule):
    """Each outcome has a value."""

    id = "MW-P1-2"
    severity = "note"
    needs = "training"
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
        """Look for `accuracy_score` where no other metric is computed."""
        used = [(module, call) for module in files.code for call in metric_calls(module)]
        if used and all(call.method == "accuracy_score" for _, call in used):
            module, call = used[0]
            yield Finding(module.path, call.line, "accuracy is the only metric that is computed")


class CostStated(Rule):
    """What the model costs is stated."""

    id = "MW-P2-1"
    severity = "note"
    needs = "training"
    reads = (".py", ".ipynb", ".toml", ".yaml", ".yml")
    why = "An extra point of accuracy is worth it only where it pays for itself."
    fix = "State what training, serving and upkeep cost, for instance in contract.toml [cost]."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a cost in settings, then for its name in code."""
        if said(files, _COST, *SETTINGS):
            return
        if not any(each.speaks_of(_COST_NAME) for each in files.code):
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
                if isinstance(node, ast.If) and _SHIPS.search(name) and _bare(node.test):
                    yield Finding(module.path, node.lineno, "one score is compared with another")


def _bare(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = (test.left, test.comparators[0])
    simple = all(isinstance(side, ast.Name | ast.Attribute | ast.Subscript) for side in sides)
    ordered = isinstance(test.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE)
    return simple and ordered and all(_SCORE.search(ast.unparse(side)) for side in sides)


class EndlessSearch(Rule):
    """A search for settings has an end."""

    id = "MW-P2-3"
    needs = "learning"
    why = "Without a number of trials or a time limit a search runs, and costs, until it is killed."
    fix = "Give `optimize` `n_trials=` or `timeout=`."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for Optuna's `optimize` without a limit."""
        for module in files.code:
            for call in module.calls:
                limited = len(call.node.args) > 1 or call.unpacks
                limited = limited or call.keyword("n_trials") or call.keyword("timeout")
                if (
                    call.owner == "optuna.create_study"
                    and call.method == "optimize"
                    and not limited
                ):
                    yield Finding(module.path, call.line, "`optimize` has no limit")


RULES = (
    Objective(),
    ValuePerOutcome(),
    AccuracyAlone(),
    CostStated(),
    BarePromotion(),
    EndlessSearch(),
)
