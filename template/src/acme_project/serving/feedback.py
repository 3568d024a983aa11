"""How predictions turned out: what callers tell, checked whole before any of it is kept."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ..artifact import Manifest
from ..outcomes import Learnt
from ..signature import Category, Number, check
from .refusal import MAX_ERRORS, FieldError, Refused, refused
from .requests import properties

MAX_OUTCOMES = 1_000
ID_FORM = "^[0-9a-f]{32}$"
NOTHING_KEPT = "no outcome was kept"

Told = Mapping[str, dict[str, Any]]
Features = tuple[Number | Category, ...]


class Learned(BaseModel):
    """How many outcomes are new, and how many were known already."""

    new: int
    known: int


def accept(outcomes: list[Any], features: Features) -> Told:
    """Return the outcomes by their predictions' ids, once all of them are acceptable."""
    told: dict[str, dict[str, Any]] = {}
    errors: list[FieldError] = []
    for index, each in enumerate(outcomes):
        found = faults(each, features)
        if not found and each["id"] in told:
            found = [("id", "appears twice")]
        errors += [FieldError(row=index, field=field, problem=fault) for field, fault in found]
        if len(errors) >= MAX_ERRORS:
            break
        if not found:
            told[each["id"]] = {name: each[name] for name in each if name != "id"}
    if errors:
        raise refused("outcome", errors, NOTHING_KEPT)
    return told


def faults(outcome: object, features: Features) -> list[tuple[str | None, str]]:
    """Everything wrong with what was told about one prediction."""
    if not isinstance(outcome, dict):
        return [(None, "must be an object")]
    given = outcome.get("id")
    known = isinstance(given, str) and re.fullmatch(ID_FORM, given)
    found = [] if known else [("id", "must be the id of a prediction")]
    return [*found, *check(features, {name: outcome[name] for name in outcome if name != "id"})]


def settled(told: Told, learnt: Learnt | None) -> Learned:
    """Say what became of the outcomes, or refuse those that fit no prediction."""
    if learnt is None:
        raise Refused(503, "nothing can be captured", f"{NOTHING_KEPT}; send it again later")
    for status, ids, problem in (
        (422, learnt.unknown, "is the id of no prediction"),
        (409, learnt.contradicted, "has another outcome already"),
    ):
        wrong = [index for index, name in enumerate(told) if name in ids]
        if wrong:
            errors = [FieldError(row=index, field="id", problem=problem) for index in wrong]
            raise refused("outcome", errors, NOTHING_KEPT, status)
    return Learned(new=learnt.new, known=len(told) - learnt.new)


def schema(manifest: Manifest) -> dict[str, Any]:
    """Return the JSON Schema of a request body, with an example."""
    features = manifest.outcome
    outcome = properties(features)
    outcome["properties"] = {"id": {"type": "string", "pattern": ID_FORM}} | outcome["properties"]
    outcome["required"] = ["id", *outcome["required"]]
    outcomes = {"type": "array", "items": outcome, "minItems": 1, "maxItems": MAX_OUTCOMES}
    example = {each.name: typical(each) for each in features}
    return {
        "type": "object",
        "properties": {"outcomes": outcomes},
        "required": ["outcomes"],
        "additionalProperties": False,
        "example": {"outcomes": [{"id": "0f" * 16} | example]},
    }


def typical(feature: Number | Category) -> float | str:
    """A value that the feature may have."""
    if feature.kind == "category":
        return feature.levels[0]
    return feature.low if feature.low is not None else 0.0
