"""P7 know the data: its origin, its groups, reasons for each prediction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..rule import Rule
from ..snapshot import Snapshot
from .words import PROSE, said

_DATASHEET = re.compile(
    r"^#+ .*(data ?sheet|data ?set|data card|data source|the data\b|^# data)", re.I
)
_CARDS = re.compile(r"^#+ .*(model ?card|intended use|limitations)", re.I)
_SLICES = re.compile(r"fairlearn|aequitas|slice|subgroup|fairness|by_group|demographic|disparit")
_REASONS = re.compile(
    r"shap|permutation_importance|feature_importances?|lime|eli5|captum|coef_|explain|attribution"
)
_VALIDATION = {"pandera", "great_expectations", "tensorflow_data_validation", "pydantic", "patito"}
_VALIDATION |= {"deepchecks", "evidently", "frictionless", "cerberus", "jsonschema", "dataframely"}


class Datasheet(Rule):
    """The data is described."""

    id = "MW-P7-4"
    needs = "training"
    reads = (".md", ".rst")
    why = "Where rows come from, and who is missing, decides what a model may be used for."
    fix = "Write docs/datasheet.md: source, licence, period, population, known gaps."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a page or a heading about the data."""
        named = any(files.matching("*datasheet*", "*data_card*", "*data-card*", "data/readme*"))
        if not named and not said(files, _DATASHEET, *PROSE):
            yield Finding("docs/datasheet.md", 0, "no page says where the data comes from")


class ModelCard(Rule):
    """The model is described."""

    id = "MW-P7-5"
    severity = "note"
    needs = "training"
    reads = (".md", ".rst")
    why = "Whoever uses a model has to know for whom it works and for whom it does not."
    fix = "Write a model card: intended use, metrics with slices, limits."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a card, its heading or its template."""
        named = any(files.matching("*model*card*", "*modelcard*"))
        if not named and not said(files, _CARDS, *PROSE):
            yield Finding("docs/model-card.md", 0, "no page says whom the model is for")


class Slices(Rule):
    """Quality is known for groups of people, too."""

    id = "MW-P7-7"
    severity = "note"
    needs = "training"
    why = "A good average hides the group for which the model does not work."
    fix = "Compute the metric for each slice that matters, and limit the gap."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for names that speak of slices or fairness."""
        if not any(each.speaks_of(_SLICES) for each in files.code):
            yield Finding(files.training[0].path, 0, "no metric is computed for slices")


class Explained(Rule):
    """A prediction can be explained."""

    id = "MW-P7-8"
    severity = "note"
    needs = "training"
    why = "Without reasons nobody can object to a decision, nor find a leak."
    fix = "Compute permutation importance, and contributions for single predictions."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for names that speak of importance or reasons."""
        if not any(each.speaks_of(_REASONS) for each in files.code):
            yield Finding(files.training[0].path, 0, "nothing explains a prediction")


class Validated(Rule):
    """Data is checked before a model learns from it."""

    id = "MW-P7-9"
    needs = "training"
    why = "A column that changed its unit trains without complaint."
    fix = "Declare columns, types and ranges, with pandera for instance, before training."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a library of schemas, or for a module that validates."""
        schema = any(each.packages & _VALIDATION for each in files.code)
        if not schema and not any("validat" in each.path for each in files.code):
            yield Finding(files.training[0].path, 0, "nothing checks the rows that are learnt from")


RULES = (
    Datasheet(),
    ModelCard(),
    Slices(),
    Explained(),
    Validated(),
)
