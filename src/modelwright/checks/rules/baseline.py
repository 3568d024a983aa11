"""P6 know the baseline: and measure both on rows that neither has seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from ..syntax import Call, variables
from .words import is_split, metric_calls

_PREPARES = re.compile(
    r"(Scaler|Imputer|TargetEncoder|CountVectorizer|TfidfVectorizer|TfidfTransformer|PCA|NMF"
    r"|SelectKBest|SelectPercentile|SelectFromModel|SelectFdr|SelectFpr|RFE|RFECV|TruncatedSVD"
    r"|PowerTransformer|QuantileTransformer|KBinsDiscretizer|SequentialFeatureSelector)$"
)
_RESAMPLES = re.compile(r"(SMOTE\w*|ADASYN|Random(Over|Under)Sampler|NearMiss|TomekLinks)$")
_TEST = re.compile(r"(^|_)(test|holdout|hold_out|heldout)(_|$|\d)|^[xy]_?te(st)?$", re.I)
_TRAIN = re.compile(r"(^|_)(train|training)(_|$|\d)", re.I)
_BASELINE = re.compile(r"baseline|dummy|majority|naive|most_frequent|persistence|champion", re.I)
_INTERVAL = re.compile(
    r"cross_val|cross_validate|kfold|bootstrap|confidence|interval|shufflesplit|permutation_test"
    r"|repeated|ttest|wilcoxon|mcnemar",
    re.I,
)
_FITS = {"fit", "fit_transform"}
_TUNES = {"eval_set", "validation_data", "eval_data", "valid_sets", "evals"}


class Baseline(Rule):
    """A model is measured beside a baseline."""

    id = "MW-P6-1"
    needs = "training"
    why = "A metric alone says nothing: a rule of one line may reach the same."
    fix = "Measure a DummyClassifier, the rule in use, or last year's value on the same rows."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a metric where no name in the code speaks of a baseline."""
        if any(each.speaks_of(_BASELINE) for each in files.code):
            return
        for module in files.code:
            for call in [*metric_calls(module), *_scores(module)][:1]:
                yield Finding(module.path, call.line, f"`{call.method}` has nothing beside it")
                return


class FitBeforeSplit(Rule):
    """Nothing is fitted before the rows are split."""

    id = "MW-P6-2"
    severity = "error"
    needs = "learning"
    why = "What was fitted on all rows knows those that judge it: the estimate is too good."
    fix = "Split first, or put the step into a Pipeline that is fitted on training rows only."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a fitted preparation whose rows are split later, in the same function."""
        yield from _before_split(files, _PREPARES, _FITS)


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
        splits = [call for call in module.calls if is_split(call)]
        for call in module.calls:
            if call.method in methods and makers.search(call.owner):
                later = [each for each in splits if _follows(each, call)]
                if later:
                    kind = call.owner.rpartition(".")[2]
                    split = f"the rows are split in line {later[0].line}"
                    yield Finding(module.path, call.line, f"`{kind}` is fitted; {split}")


def _follows(split: Call, fit: Call) -> bool:
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
        """Look for a fit whose rows are called test."""
        for module in files.code:
            for call in module.calls:
                rows = call.node.args[:1]
                if call.method in _FITS and "." in call.name + call.owner and rows:
                    named = [name for name in variables(*rows) if _TEST.search(name)]
                    if named and not any(map(_TRAIN.search, variables(*rows))):
                        yield Finding(module.path, call.line, f"`{call.name}` sees `{named[0]}`")


class TunedOnTest(Rule):
    """Test rows stop no training and choose no setting."""

    id = "MW-P6-5"
    needs = "learning"
    why = "Rows that end the training or choose a setting are no longer unseen."
    fix = "Hold back a third part for validation; look at test rows once."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for validation sets whose rows are called test."""
        for module in files.code:
            for call in module.calls:
                for name in _TUNES:
                    given = call.keyword(name)
                    names = variables(given) if given else ()
                    tested = [each for each in names if _TEST.search(each)]
                    if tested:
                        yield Finding(module.path, call.line, f"`{name}` holds `{tested[0]}`")


class JudgedOnTraining(Rule):
    """A model is judged on rows that it has not seen."""

    id = "MW-P6-6"
    severity = "error"
    needs = "training"
    why = "On the rows that taught it a model can be right about everything."
    fix = "Compute the metric on held-out rows too."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for metrics of training rows in modules that judge on no other."""
        for module in files.code:
            judged = [*metric_calls(module), *_scores(module)]
            on_training = [call for call in judged if any(map(_TRAIN.search, call.names))]
            if judged and len(on_training) == len(judged):
                first = on_training[0]
                yield Finding(module.path, first.line, f"`{first.name}` sees training rows only")


def _scores(module: Module) -> Iterator[Call]:
    for call in module.calls:
        if call.method == "score" and len(call.node.args) > 1:
            yield call


class Uncertainty(Rule):
    """A metric comes with how sure it is."""

    id = "MW-P6-7"
    severity = "note"
    needs = "training"
    why = "One split gives one number; the next split may turn the ranking around."
    fix = "Cross-validate, or bootstrap the difference to the baseline."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for repeated splits, bootstraps and intervals."""
        if any(each.speaks_of(_INTERVAL) for each in files.code):
            return
        for module in files.training:
            for call in metric_calls(module):
                yield Finding(module.path, call.line, f"`{call.method}` is computed on one split")
                return


RULES = (
    Baseline(),
    FitBeforeSplit(),
    ResampledBeforeSplit(),
    FittedOnTest(),
    TunedOnTest(),
    JudgedOnTraining(),
    Uncertainty(),
)
