"""P6 know the baseline: what a metric is measured beside, and how sure it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, Function
from .words import measures

_TRAIN = re.compile(r"(^|_)(train|training)(_|$|\d)", re.I)
_BASELINE = re.compile(
    r"(?<!remove_)(?<!correct_)(?<!subtract_)baseline(?!_?(wander|drift|correct|remov|subtract))"
    r"|dummy|majority|naive|most_frequent|persistence|champion|(most_)?popular|random_guess|chance"
)
_INTERVAL = re.compile(
    r"cross_val|kfold|bootstrap(?!_?(server|css|min))|confidence|conf_int|shufflesplit"
    r"|interval(?!_?(s$|sec|ms|min|hour|day))|permutation_test|repeated|ttest|wilcoxon|mcnemar"
    r"|timeseriessplit|leave\w*out"
)


class Baseline(Rule):
    """A model is measured beside a baseline."""

    id = "MW-P6-1"
    needs = "model"
    why = "A metric alone says nothing: a rule of one line may reach the same."
    fix = "Measure a DummyClassifier, the rule in use, or last year's value on the same rows."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a metric where no name in the code speaks of a baseline."""
        if any(each.speaks_of(_BASELINE) for each in files.code):
            return
        for module in files.code:
            for call in [*measures(module)][:1]:
                yield Finding(module.path, call.line, f"`{call.method}` has nothing beside it")
                return


class JudgedOnTraining(Rule):
    """A model is judged on rows that it has not seen."""

    id = "MW-P6-6"
    severity = "error"
    needs = "training"
    why = "On the rows that taught it a model can be right about everything."
    fix = "Compute the metric on held-out rows too."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for metrics of training or fitted rows in modules that judge on no other."""
        for module in files.code:
            judged = [each for each in measures(module) if _is_judgement(each)]
            on_training = [call for call in judged if _is_seen(module, call)]
            if judged and len(on_training) == len(judged) and not _holds_out(module):
                first = on_training[0]
                yield Finding(module.path, first.line, f"`{first.name}` sees training rows only")


def _is_judgement(measure: Call) -> bool:
    """Say whether a metric is for people: not of several folds, nor a step of a fit itself."""
    fits = re.fullmatch(r"_*(fit|train)(_\w+)?", getattr(measure.scope, "name", ""))
    return not measure.method.startswith("cross_val") and not (fits and _has_self(measure.scope))


def _has_self(scope: ast.AST) -> bool:
    arguments = scope.args.args if isinstance(scope, Function) else []
    return bool(arguments) and arguments[0].arg == "self"


def _holds_out(module: Module) -> bool:
    """Say whether predictions are made for rows of other folds."""
    return any(call.method.startswith("cross_val_pred") for call in module.calls)


def _is_seen(module: Module, judged: Call) -> bool:
    """Say whether *judged* takes rows that are called training, or that were fitted there."""
    if any(map(_TRAIN.search, judged.names)):
        return True
    fitted = {
        ast.unparse(call.node.args[0])
        for call in module.calls
        if call.method == "fit" and call.node.args and call.scope is judged.scope
    }
    within = [each for each in ast.walk(judged.node) if isinstance(each, ast.Call)]
    rows = [
        each.args[0]
        for each in within
        if isinstance(each.func, ast.Attribute) and each.args
        if each.func.attr in {"predict", "predict_proba", "score", "evaluate", "decision_function"}
    ]
    return bool(rows) and all(ast.unparse(each) in fitted for each in rows)


class Uncertainty(Rule):
    """A metric comes with how sure it is."""

    id = "MW-P6-7"
    severity = "note"
    needs = "model"
    why = "One split gives one number; the next split may turn the ranking around."
    fix = "Cross-validate, or bootstrap the difference to the baseline."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for repeated splits, bootstraps and intervals."""
        if any(each.speaks_of(_INTERVAL) for each in files.code):
            return
        for module in files.training:
            for call in measures(module):
                yield Finding(module.path, call.line, f"`{call.method}` is computed on one split")
                return


RULES = (
    Baseline(),
    JudgedOnTraining(),
    Uncertainty(),
)
