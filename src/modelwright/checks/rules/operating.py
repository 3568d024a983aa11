"""P3 serving is as important as training: the way back, and the next training."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from .words import PROSE, said

_ROLLBACK = re.compile(
    r"(?<!\.)(?<!session_)roll(ed|s|ing)?[ _-]?backs?\b(?!\()|previous[ _](model|version)|revert to"
    r"|def \w*roll_?back|auto_rollback|rollout undo|restore_previous|fall_?back"
    r"|\bgo(ing)? back\b|blue.?green",
    re.I,
)
_SCHEDULE = re.compile(
    r"\bcron\b|schedule(s|d)?\b|cronjob|@(daily|weekly|monthly)|OnCalendar=", re.I
)
_SCHEDULED = re.compile(r"beat_schedule|schedule=modal\.")
_CRONTAB = re.compile(r"^\s*([\d*/,-]+\s+){5}\S")


class Rollback(Rule):
    """There is a way back to the previous model."""

    id = "MW-P3-6"
    needs = "predictions"
    reads = (".py", ".ipynb", ".md", ".toml", ".yaml", ".yml")
    why = "A model that turns out bad is replaced in a minute, or in a panic."
    fix = "Keep the previous model, make going back one command, and rehearse it."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for the word in code, documents, automation and names of files."""
        places = (*PROSE, "*.py", "*.yml", "*.yaml", "*makefile", "*justfile", "*.sh", "*.toml")
        if not (files.matching("*rollback*") or said(files, _ROLLBACK, *places, "*.tf")):
            yield Finding(files.predicting[0].path, 0, "nothing here goes back to an earlier model")


class RetrainingSchedule(Rule):
    """Training happens again, on a schedule."""

    id = "MW-P3-7"
    severity = "note"
    needs = "model"
    reads = (".py", ".ipynb", ".yaml", ".yml")
    why = "The world moves on; a model that is trained once is right for a while."
    fix = "Train on a schedule in CI, or with the scheduler that you have."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a schedule in automation, and in code that schedules."""
        places = (*files.pipelines, "*.yml", "*.yaml", "*.toml", "*.tf", "*.timer", "*dag*.py")
        schedulers = {"airflow", "prefect", "dagster", "apscheduler", "schedule"}
        if said(files, _SCHEDULE, *places, "*crontab*") or said(files, _CRONTAB, "*crontab*"):
            return
        if said(files, _SCHEDULED, "*.py"):
            return
        if not any(each.packages & schedulers for each in files.code):
            yield Finding(files.training[0].path, 0, "nothing trains this again by itself")


RULES = (Rollback(), RetrainingSchedule())
