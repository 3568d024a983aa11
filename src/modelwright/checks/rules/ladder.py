"""P5 small models, and P8 deep learning is earned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import DEEP, Module
from ..rule import Rule
from ..snapshot import Snapshot
from .words import SETTINGS, said

_BUDGET = re.compile(
    r"^\[budgets?\]|(max|p95|p99|budget)\w*_?(latency|size|memory|ms|mb|seconds)"
    r"|(latency|size|memory)\w*_?(max|limit|budget|p95|ms|mb)|(limit|threshold)_(ms|mb)"
    r"|max_model_\w+",
    re.I,
)
_OPTION = re.compile(r"\b(max|limit|budget)[\w-]*[-_](latency|size|ms|mb|gb|memory)\b", re.I)
_MODELS = ("*.pkl", "*.pickle", "*.joblib", "*.pt", "*.pth", "*.h5", "*.keras", "*.ckpt", "*.onnx")
_MODELS += ("*.safetensors", "*.pb", "*.cbm", "*.gguf", "*.tflite", "*.skops", "*.ubj")
_MODELS += ("*pytorch_model*.bin",)
# Pointers of git LFS, and what git annex leaves where it can't link.
_POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
_SETTING = re.compile(r"torch\.(cuda|set_num|device|backends|version)")
# Pickles are of anything, and names tell of what.
_TABLE = re.compile(
    r"(^|/)([xy]|[^/]*(data|predictions|features|labels|cache)[^/]*)\.(pkl|pickle)$", re.I
)
_NO_GRADIENT = re.compile(r"no_grad|inference_mode|set_grad_enabled|requires_grad_")
_SIMPLE = re.compile(
    r"fasttext|naive_?bayes|linear_model|sklearn\.(ensemble|tree|svm|neighbors|dummy|discriminant)"
    r"|xgboost|lightgbm|catboost|statsmodels|baseline|logisticregression|linearregression"
    r"|randomforest|(gradient|hist)\w*boosting|dummyclassifier|dummyregressor|linearsvc"
)
_OUTCOME = re.compile(r"feedback|outcome|label|ground_?truth|annotation", re.I)
_CAPTURE = re.compile(
    r"feedback|outcome|store_prediction|log_prediction|save_prediction|insert|record_prediction"
    r"|prediction_log|capture"
)
_RECORDS = re.compile(
    r"(record|store|log|save|join)_(outcome|prediction|feedback|ground_truth|actual)"
)


class Budgets(Rule):
    """Size and latency have a limit."""

    id = "MW-P5-1"
    severity = "note"
    needs = "model"
    reads = (".py", ".ipynb", ".toml", ".yaml", ".yml")
    why = "What nobody limits grows, until it is too slow or too dear to be used."
    fix = "Write the budgets down, in contract.toml [budgets] for instance, and measure them."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a limit in settings and for its name in code."""
        named = any(each.speaks_of(_BUDGET) for each in files.modules)
        if not (named or said(files, _BUDGET, *SETTINGS) or said(files, _OPTION, "*.py")):
            yield Finding(files.training[0].path, 0, "nothing limits size or latency")


class ModelsInGit(Rule):
    """Models are kept outside of git."""

    id = "MW-P5-2"
    reads = ()
    why = "Every version stays in every clone for good, and nobody knows what made it."
    fix = "Keep models in a store, or in git LFS, with the hash of data and code beside them."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for files of models that are no pointers of git LFS."""
        for path in files.matching(*_MODELS):
            start = files.start(path)
            if start and not (start.startswith(_POINTERS) or _TABLE.search(path)):
                yield Finding(path, 0, "a model is committed")


class GradientsInService(Rule):
    """A service computes no gradients."""

    id = "MW-P5-3"
    needs = "service"
    why = "Gradients are for training; for an answer they cost memory and time."
    fix = "Predict inside `torch.inference_mode()`, or serve ONNX."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for answers that torch computes where nothing is switched off."""
        for module in files.services:
            predicts = "torch" in module.packages and module.routes and not _only_asks(module)
            if predicts and not module.speaks_of(_NO_GRADIENT):
                line = module.imported_at({"torch"})
                yield Finding(module.path, line, "torch predicts and keeps gradients")


def _only_asks(module: Module) -> bool:
    """Say whether torch is used for its settings and devices alone."""
    used = [call.name for call in module.calls if call.name.startswith("torch.")]
    return bool(used) and all(map(_SETTING.match, used))


class DeepEarned(Rule):
    """A deep model is measured beside a simpler one."""

    id = "MW-P8-1"
    needs = "deep"
    why = "Launch simple; a deep model has to be unquestionably better than what costs less."
    fix = "Train a linear model and boosted trees on the same rows, and compare."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a deep learner where nothing simpler is fitted."""
        if any(each.speaks_of(_SIMPLE) for each in files.code if each.trains or not each.deep):
            return
        deep = [each for each in files.training if each.deep]
        if deep:
            line = deep[0].imported_at(DEEP)
            yield Finding(deep[0].path, line, "nothing simpler is trained beside it")


class OutcomesCaptured(Rule):
    """What turned out is captured."""

    id = "MW-P8-2"
    needs = "predictions"
    why = "Predictions and what came of them are tomorrow's training data, and tell the quality."
    fix = "Store each prediction with an id, and take outcomes at POST /feedback."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a route or a name that speaks of outcomes."""
        routed = [module for module in files.predicting if module.routes]
        paths = [route.path for module in files.code for route in module.routes]
        captured = any(module.speaks_of(_CAPTURE) for module in files.services)
        recorded = any(module.speaks_of(_RECORDS) for module in files.code)
        if captured or recorded or any(map(_OUTCOME.search, paths)):
            return
        if routed:
            first = routed[0].routes[0].function
            yield Finding(routed[0].path, first.lineno, "no route takes what turned out")


RULES_SIZE = (Budgets(), ModelsInGit(), GradientsInService())
RULES_LADDER = (DeepEarned(), OutcomesCaptured())
