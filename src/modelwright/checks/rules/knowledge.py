"""P7 know the data: its origin, its groups, reasons for each prediction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.finding import Finding
from ..code import Module
from ..rule import Rule
from ..snapshot import Snapshot
from .words import PROSE, headed, metric_calls, said, written

_DATASHEET = re.compile(
    r"\bdata ?(sheet|sets?|card|sources?|dictionary|provenance|collection)\b"
    r"|^(the |our |training |input )?data$|\bthe data\b",
    re.I,
)
_SHEETS = ("*datasheet*", "*data?card*", "*dataset?card*", "*data/readme*", "data.md", "*/data.md")
_SHEETS += ("*data?dictionary*", "*datapackage.json", "*croissant*.json")
_CARDS = re.compile(r"model ?card|intended use|limitations", re.I)
_CARD_NAME = re.compile(r"model_?card|skops\.card")
_SLICES = re.compile(
    r"fairlearn|aequitas|aif360|giskard|tensorflow_model_analysis|slices|sliced|slicing|slice_|_slice"
    r"|subgroup|fairness|demographic|disparit|(per|by)_(segment|cohort|group|slice|country|region|site)"
)
_REASONS = re.compile(
    r"shap|permutation_importance|feature_importances?|lime|eli5|captum|coef_|explain|attribution"
    r"|pred_contrib|contributions|export_text|plot_tree|saliency|grad_?cam|integrated_gradients"
)
_CHECKS = re.compile(
    r"(validate|check|verify)_?(data|rows?|schema|columns?|frame|df|input|features|table)"
)
_CHECKED = re.compile(
    r"^checks for \w|\b(not_null|accepted_values|soda scan|dbt test|frictionless validate)\b"
)
_VALIDATION = {"pandera", "great_expectations", "tensorflow_data_validation", "pydantic", "patito"}
_VALIDATION |= {"deepchecks", "evidently", "frictionless", "cerberus", "jsonschema", "dataframely"}


class Datasheet(Rule):
    """The data is described."""

    id = "MW-P7-4"
    needs = "model"
    reads = (".md", ".rst")
    why = "Where rows come from, and who is missing, decides what a model may be used for."
    fix = "Write docs/datasheet.md: source, licence, period, population, known gaps."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a page or a heading about the data."""
        if not written(files, *_SHEETS) and not headed(files, _DATASHEET, *PROSE):
            yield Finding("docs/datasheet.md", 0, "no page says where the data comes from")


class ModelCard(Rule):
    """The model is described."""

    id = "MW-P7-5"
    severity = "note"
    needs = "model"
    reads = (".md", ".rst")
    why = "Whoever uses a model has to know for whom it works and for whom it does not."
    fix = "Write a model card: intended use, metrics with slices, limits."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a card, its heading, its template or what makes one."""
        made = any(each.speaks_of(_CARD_NAME) for each in files.code)
        if not (made or written(files, "*model*card*") or headed(files, _CARDS, *PROSE)):
            yield Finding("docs/model-card.md", 0, "no page says whom the model is for")


class Slices(Rule):
    """Quality is known for groups of people, too."""

    id = "MW-P7-7"
    severity = "note"
    needs = "model"
    why = "A good average hides the group for which the model does not work."
    fix = "Compute the metric for each slice that matters, and limit the gap."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for names that speak of slices or fairness, and for metrics of grouped rows."""
        if not any(each.speaks_of(_SLICES) or _grouped(each) for each in files.modules):
            yield Finding(files.training[0].path, 0, "no metric is computed for slices")


def _grouped(module: Module) -> bool:
    """Say whether a function groups rows and computes a metric."""
    scopes = {call.scope for call in metric_calls(module)}
    return any(call.method in {"groupby", "group_by"} and call.scope in scopes
               for call in module.calls)  # fmt: skip


class Explained(Rule):
    """A prediction can be explained."""

    id = "MW-P7-8"
    severity = "note"
    needs = "model"
    why = "Without reasons nobody can object to a decision, nor find a leak."
    fix = "Compute permutation importance, and contributions for single predictions."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for names that speak of importance or reasons."""
        if not any(each.speaks_of(_REASONS) for each in files.code):
            yield Finding(files.training[0].path, 0, "nothing explains a prediction")


class Validated(Rule):
    """Data is checked before a model learns from it."""

    id = "MW-P7-9"
    needs = "model"
    why = "A column that changed its unit trains without complaint."
    fix = "Declare columns, types and ranges, with pandera for instance, before training."

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Look for a library of schemas, or for a module or function that validates."""
        schema = any(each.packages & _VALIDATION for each in files.code)
        named = any("validat" in each.path or each.speaks_of(_CHECKS) for each in files.code)
        automated = said(files, _CHECKED, "*.yml", "*.yaml", "*makefile", "*justfile", "*.sh")
        if not (schema or named or automated):
            yield Finding(files.training[0].path, 0, "nothing checks the rows that are learnt from")


RULES = (
    Datasheet(),
    ModelCard(),
    Slices(),
    Explained(),
    Validated(),
)
