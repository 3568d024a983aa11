"""P6 know the baseline: rows that judge a model have taught it nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, constant, variables
from .words import is_split

_PREPARES = re.compile(
    r"(Scaler|Imputer|TargetEncoder|CountVectorizer|TfidfVectorizer|TfidfTransformer|PCA|NMF"
    r"|SelectKBest|SelectPercentile|SelectFromModel|SelectFdr|SelectFpr|RFE|RFECV|TruncatedSVD"
    r"|PowerTransformer|QuantileTransformer|KBinsDiscretizer|SequentialFeatureSelector)$"
)
_RESAMPLES = re.compile(
    r"(\w*SMOTE\w*|ADASYN|Random(Over|Under)Sampler|NearMiss|TomekLinks|EditedNearestNeighbours)$"
)
_ENCODES = re.compile(_PREPARES.pattern + r"|(Label|Ordinal|OneHot)Encoder$")
_FOLDS = re.compile(r"(ShuffleSplit|KFold|TimeSeriesSplit)$")
_TEST = re.compile(r"(^|_)d?(test|holdout|hold_out|heldout)(_|$|\d)|^[xy]_?te(st)?$", re.I)
_TRAIN = re.compile(r"(^|_)(train|training)(_|$|\d)", re.I)
FITS = {"fit", "fit_transform"}
_LEARNS = {*FITS, "partial_fit", "fit_on_texts", "adapt"}
_TUNES = ("eval_set", "validation_data", "eval_data", "valid_sets", "evals", "val_dataloaders")
_TUNES += ("eval_dataset",)


class FitBeforeSplit(Rule):
    """Nothing is fitted before the rows are split."""

    id = "MW-P6-2"
    severity = "error"
    needs = "learning"
    why = "What was fitted on all rows knows those that judge it: the estimate is too good."
    fix = "Split first, or put the step into a Pipeline that is fitted on training rows only."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a fitted preparation whose rows are split later, in the same function."""
        yield from _before_split(files, _PREPARES, FITS)


class ResampledBeforeSplit(Rule):
    """Classes are balanced after the rows are split."""

    id = "MW-P6-3"
    severity = "error"
    needs = "learning"
    why = "Copies of a row, or blends with it, land on both sides: the model has seen its exam."
    fix = "Split first; resample training rows only, for example in imblearn's Pipeline."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a sampler whose rows are split later, in the same function."""
        yield from _before_split(files, _RESAMPLES, {"fit_resample", "fit_sample"})


def _before_split(files: Snapshot, makers: re.Pattern[str], methods: set[str]) -> Iterator[Finding]:
    for module in files.code:
        splits = [*_splits(module)]
        for call in module.calls:
            if call.method in methods and makers.search(call.owner):
                later = [each for each in splits if _follows(each, call)]
                if later:
                    kind = call.owner.rpartition(".")[2]
                    split = f"the rows are split in line {later[0].line}"
                    yield Finding(module.path, call.line, f"`{kind}` is fitted; {split}")


@dataclass(frozen=True)
class _Split:
    """Where rows are divided, and the variables that hold them."""

    line: int
    names: frozenset[str]
    scope: ast.AST


def _splits(module: Module) -> Iterator[_Split]:
    """Yield the calls that split rows, and pairs of slices that end and begin at one place."""
    for call in module.calls:
        folds = call.method == "split" and _FOLDS.search(call.owner)
        if is_split(call) or folds or call.method.startswith("cross_val"):
            yield _Split(call.line, call.names, call.scope)
    ends: dict[tuple[ast.AST, str], str] = {}
    for node, scope, _ in module.nodes:
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)):
            continue
        rows, part = ast.unparse(node.value), node.slice
        if part.upper and not part.lower:
            ends[scope, rows] = ast.unparse(part.upper)
        elif part.lower and not part.upper:
            end = ends.get((scope, rows), "0")
            if not end.lstrip("-").isdigit() and ast.unparse(part.lower).startswith(end):
                yield _Split(node.lineno, frozenset(variables(node.value)), scope)


def _follows(split: _Split, fit: Call) -> bool:
    """Say whether *split* divides, later in the same function, what *fit* has seen."""
    seen = fit.names | fit.targets
    together = split.scope is fit.scope and split.line > fit.line
    return together and bool(seen & split.names) and not any(map(_TRAIN.search, fit.names))


class FittedOnTest(Rule):
    """Nothing is fitted on test rows."""

    id = "MW-P6-4"
    severity = "error"
    needs = "learning"
    why = "Rows that judge a model must not have taught it, nor what prepares its input."
    fix = "Fit on training rows, then `transform` or `predict` test rows."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a fit whose rows are called test, with training rows or without."""
        for module in files.code:
            for call in module.calls:
                rows = call.node.args[:1] or [*filter(None, [call.keyword("X"), call.keyword("x")])]
                if call.method in _LEARNS and "." in call.name + call.owner and rows:
                    named = [name for name in variables(*rows) if is_test(name)]
                    both = any(map(_TRAIN.search, variables(*rows)))
                    if named and (not both or _ENCODES.search(call.owner)):
                        yield Finding(module.path, call.line, f"`{call.name}` sees `{named[0]}`")


class TunedOnTest(Rule):
    """Test rows stop no training and choose no setting."""

    id = "MW-P6-5"
    needs = "learning"
    why = "Rows that end the training or choose a setting are no longer unseen."
    fix = "Hold back a third part for validation; look at test rows once."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for validation sets whose rows are called test, and for searches on them."""
        for module in files.code:
            for call in module.calls:
                for name in _TUNES:
                    if tested := _tested(module, call, call.keyword(name)):
                        yield Finding(module.path, call.line, f"`{name}` holds `{tested}`")
                searched = call.method == "fit" and call.owner.endswith("SearchCV")
                for rows in call.node.args[:1] if searched else ():
                    if tested := _tested(module, call, rows):
                        yield Finding(module.path, call.line, f"the search sees `{tested}`")


def _tested(module: Module, call: Call, given: ast.expr | None) -> str:
    """Return the test rows that *given* holds, also as a variable of the same function, or ""."""
    if given is None:
        return ""
    told = [given]
    if isinstance(given, ast.Name):
        told += [node.value for node, scope, _ in module.nodes
                 if isinstance(node, ast.Assign) and scope is call.scope
                 if isinstance(node.value, ast.List | ast.Tuple | ast.Name)
                 if given.id in variables(*node.targets)]  # fmt: skip
    named = [name for name in variables(*told) if is_test(name)]
    keys = [constant(each.slice) for part in told for each in ast.walk(part)
            if isinstance(each, ast.Subscript)]  # fmt: skip
    return next(iter([*named, *(key for key in keys if is_test(key))]), "")


def is_test(name: str) -> bool:
    """Say whether *name* is one of test rows, and not of a mask of them."""
    return bool(_TEST.search(name)) and not name.startswith("is_")


RULES = (FitBeforeSplit(), ResampledBeforeSplit(), FittedOnTest(), TunedOnTest())
