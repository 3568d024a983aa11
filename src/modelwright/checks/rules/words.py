"""What several rules look for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..code import Module
from ..snapshot import Snapshot
from ..syntax import Call

PROSE = ("readme*", "docs/*.rst", "*.md")
SETTINGS = ("*.toml", "*.yaml", "*.yml", "*.json", "*.cfg", "*.ini")
METRICS = re.compile(
    r"(_score|_loss|_error|^roc_curve|^classification_report|^confusion_matrix"
    r"|^precision_recall_curve|^precision_recall_fscore_support)$|^(cross_val_score)$"
)
_UNDERLINE = re.compile(r"^([=~^*\"'+#-])\1{2,}\s*$")
SPLITS = {"train_test_split", "random_split"}


def said(files: Snapshot, pattern: re.Pattern[str], *patterns: str) -> bool:
    """Say whether a line of a file that matches says it."""
    return any(True for _ in files.grep(pattern, *patterns))


def headed(files: Snapshot, pattern: re.Pattern[str], *patterns: str) -> bool:
    """Say whether a heading matches: of Markdown, or underlined as in reStructuredText."""
    for path in files.matching(*patterns):
        lines = files.text(path).splitlines()
        for line, below in zip(lines, [*lines[1:], ""], strict=False):
            heading = line.startswith("#") or (line.strip() and _UNDERLINE.match(below))
            if heading and pattern.search(line.strip("# ")):
                return True
    return False


def written(files: Snapshot, *patterns: str) -> bool:
    """Say whether a file that matches holds more than blanks."""
    return any(files.text(path).strip() for path in files.matching(*patterns))


def metric_calls(module: Module) -> Iterator[Call]:
    """Yield every computation of a metric."""
    for call in module.calls:
        if METRICS.search(call.method) and "sklearn" in call.name:
            yield call


def measures(module: Module) -> Iterator[Call]:
    """Yield every place where a model is judged: by sklearn, and by what deep learning uses."""
    for call in module.calls:
        scored = call.method == "score" and len(call.node.args) > 1
        judged = call.method == "evaluate" and module.learns and "." in call.name and call.node.args
        deep = call.name.startswith(("torchmetrics.", "torcheval.")) or call.name == "evaluate.load"
        sklearn = METRICS.search(call.method) and "sklearn" in call.name
        if scored or judged or deep or sklearn:
            yield call


def is_split(call: Call) -> bool:
    """Say whether a call holds rows back."""
    return call.method in SPLITS
