"""The signature of a model: its features, and everything that can be wrong with a row."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

FLOAT32_MAX = 3.4028234663852886e38
SHOWN_LEVELS = 20
UNKNOWN = "is unknown"


class _Feature(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(min_length=1)
    required: bool


class Number(_Feature):
    """A number in [low, high], both inclusive and in the feature's own unit."""

    kind: Literal["number"] = "number"
    low: float | None = None
    high: float | None = None

    def problem(self, value: object) -> str | None:
        """Say why *value* is not acceptable, without repeating it; None when it is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if not abs(value) <= FLOAT32_MAX:
            return "must be a finite number"
        if self.low is not None and value < self.low:
            return f"must be at least {self.low:.15g}"
        if self.high is not None and value > self.high:
            return f"must be at most {self.high:.15g}"
        return None


class Category(_Feature):
    """One of the levels that the training data held."""

    kind: Literal["category"] = "category"
    levels: tuple[str, ...] = Field(min_length=1)

    def problem(self, value: object) -> str | None:
        """Say why *value* is not acceptable, without repeating it; None when it is."""
        if not isinstance(value, str):
            return "must be a string"
        if value not in self.levels:
            more = ", ..." if len(self.levels) > SHOWN_LEVELS else ""
            return f"must be one of {', '.join(map(repr, self.levels[:SHOWN_LEVELS]))}{more}"
        return None


Feature = Annotated[Number | Category, Field(discriminator="kind")]
Value = float | str | None
Row = Mapping[str, Value]


class Fault(NamedTuple):
    """One thing wrong with one field; the field's value is never repeated."""

    field: str
    problem: str


def check(features: Sequence[Number | Category], row: Mapping[str, object]) -> list[Fault]:
    """Return everything wrong with *row*: features in order, then unknown fields.

    Null, absent and the empty category mean missing, which only an optional feature may be.
    A row without problems is a `Row` that the model can score.
    """
    faults = []
    for feature in features:
        value = row.get(feature.name)
        if value is None or (value == "" and feature.kind == "category"):
            reason = "is required" if feature.required else None
        else:
            reason = feature.problem(value)
        if reason:
            faults.append(Fault(feature.name, reason))
    known = {feature.name for feature in features}
    faults += [Fault(printable(name), UNKNOWN) for name in row if name not in known]
    return faults


def printable(name: str) -> str:
    """Shorten a name that a stranger sent, and blank what a log or terminal would act on."""
    return "".join(c if c.isprintable() else "?" for c in name[:60])
