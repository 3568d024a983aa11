"""`contract.toml` as a strict, frozen value; whatever it gets wrong is named by line."""

import hashlib
import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from .errors import Stop

Rung = Literal["rule", "linear", "boosted"]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[FiniteFloat, Field(gt=0)]


class Section(BaseModel):
    """A part of the contract: no unknown key, no silent conversion, no later change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Project(Section):
    title: str
    description: str
    problem: Literal["classification"]


class Objective(Section):
    sentence: str
    unit: str


class Roles(Section):
    data_scientist: str
    data_engineer: str
    devops_engineer: str


class Launch(Section):
    date: date
    country: str
    consumers: tuple[str, ...]


class Holdout(Section):
    column: str
    values: tuple[str, ...]


class Data(Section):
    source: str
    kind: Literal["sample", "own"]
    name: str
    key: tuple[str, ...] = ()
    group: str | None = None
    holdout: Holdout | None = None
    slices: tuple[str, ...] = ()


class Label(Section):
    """Positive is a number *above* a limit, or a *positive* category; one of the two."""

    column: str
    decision: str
    above: FiniteFloat | None = None
    positive: str | None = None

    @model_validator(mode="after")
    def one_meaning(self) -> Self:
        if (self.above is None) == (self.positive is None):
            raise ValueError("give either `above` or `positive`, and not both")
        return self


class ColumnValue(Section):
    """Acting on a row is worth rate * min(column, cap) - cost."""

    kind: Literal["column"]
    column: str
    rate: FiniteFloat
    cap: FiniteFloat
    cost: FiniteFloat


class MatrixValue(Section):
    """Acting is worth a fixed amount that depends on what the row turns out to be."""

    kind: Literal["matrix"]
    true_positive: FiniteFloat
    false_positive: FiniteFloat
    true_negative: FiniteFloat
    false_negative: FiniteFloat
    placeholder: bool = False


class Baseline(Section):
    column: str
    reason: str


class Uplift(Section):
    required: Annotated[FiniteFloat, Field(ge=0)]
    confidence: Share


class Training(Section):
    ladder: Annotated[tuple[Rung, ...], Field(min_length=1)]
    folds: Annotated[int, Field(ge=2, le=20)]
    repeats: Annotated[int, Field(ge=1, le=20)]
    seed: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def climbs(self) -> Self:
        if self.ladder[0] != "rule" or len(set(self.ladder)) < len(self.ladder):
            raise ValueError("the ladder starts with `rule` and names no rung twice")
        return self


class Budgets(Section):
    artifact_mb: Positive
    p95_ms: Positive
    memory_mb: Positive
    train_s: Positive


class Number(Section):
    """A number from *low* to *high*; `scale = "log"` for amounts with a long tail."""

    kind: Literal["number"]
    low: FiniteFloat
    high: FiniteFloat
    required: bool = True
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def a_range(self) -> Self:
        if self.low > self.high:
            raise ValueError("`low` is greater than `high`")
        if self.scale == "log" and self.low < 0:
            raise ValueError("a log scale needs `low` of at least 0")
        return self


class Category(Section):
    """One of *levels*, compared as text."""

    kind: Literal["category"]
    levels: Annotated[tuple[str, ...], Field(min_length=1)]
    required: bool = True

    @model_validator(mode="after")
    def distinct(self) -> Self:
        if "" in self.levels or len(set(self.levels)) < len(self.levels):
            raise ValueError("levels are distinct and not empty")
        return self


Feature = Annotated[Number | Category, Field(discriminator="kind")]
Value = Annotated[ColumnValue | MatrixValue, Field(discriminator="kind")]


class Contract(Section):
    """All that the project promises."""

    project: Project
    objective: Objective
    roles: Roles
    launch: Launch
    data: Data
    label: Label
    value: Value
    baseline: Baseline
    uplift: Uplift
    training: Training
    budgets: Budgets
    features: Annotated[dict[str, Feature], Field(min_length=1)]

    @model_validator(mode="after")
    def agrees_with_itself(self) -> Self:
        if self.label.column in self.features:
            raise ValueError(f"`{self.label.column}` is the label, so it cannot be a feature")
        if isinstance(self.value, ColumnValue) and self.value.column in self.features:
            raise ValueError(f"`{self.value.column}` is the value, so it cannot be a feature")
        if "probabilities" in self.features:
            raise ValueError(
                "`probabilities` is the model's answer, so no feature can have its name"
            )
        if self.baseline.column not in self.features:
            raise ValueError(f"[baseline] column `{self.baseline.column}` is no feature")
        return self

    @property
    def is_sample(self) -> bool:
        return self.data.kind == "sample"

    def digest(self) -> str:
        """A hash of all that figures depend on; whoever renames a role changes no figure."""
        words = {"project", "objective", "roles", "launch", "budgets"}
        return hashlib.sha256(self.model_dump_json(exclude=words).encode()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> "Contract":
        """Read the contract, or stop at the line that is wrong."""
        try:
            return cls.parse(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            fix = "put it back, as UTF-8 text"
            raise Stop(f"{path.name} cannot be read: {error}", fix=fix) from None

    @classmethod
    def parse(cls, text: str, name: str = "contract.toml") -> "Contract":
        """Understand the text of a contract, or stop at the line that is wrong."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Stop(f"{name} is no TOML: {error}", fix="correct that line") from None
        try:
            # By way of JSON, in which strictness still knows arrays and dates.
            return cls.model_validate_json(json.dumps(values, default=str))
        except ValidationError as error:
            raise explained(name, text, error) from None


def explained(name: str, text: str, error: ValidationError) -> Stop:
    """Say which line of the contract is wrong, and how."""
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    # The kind of a feature or value stands in the path, but not in the file.
    kind = {"features": 2, "value": 1}.get(keys[0], len(keys)) if keys else 0
    keys = keys[:kind] + keys[kind + 1 :]
    message = first["msg"].removeprefix("Value error, ")
    return Stop(
        f"{name}, line {line_of(text, keys)}: {'.'.join(keys) or 'contract'}: {message}",
        why="stages, service and gates rely on a contract that holds",
        fix=f"correct that line of {name}",
    )


def line_of(text: str, keys: list[str]) -> int:
    """The line (from 1) that comes closest to the dotted path *keys*."""
    best, depth, section = 1, 0, [""]
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            section = [part.strip(" \"'") for part in header[1].split(".")]
            found = section
        elif key := re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line):
            found = [*section, key[1]]
        else:
            continue
        if found == keys[: len(found)] and len(found) > depth:
            best, depth = number, len(found)
    return best
