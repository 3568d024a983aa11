"""`contract.toml` as a strict, frozen value; whatever it gets wrong is named by line."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from .errors import Stop
from .sections import (
    Baseline,
    Budgets,
    Canary,
    ColumnValue,
    Cost,
    Data,
    Fairness,
    Feature,
    Label,
    Launch,
    Monitoring,
    Objective,
    Privacy,
    Project,
    Roles,
    Section,
    Service,
    Training,
    Uplift,
    Value,
    Waiver,
)


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
    cost: Cost
    training: Training
    fairness: Fairness
    privacy: Privacy = Privacy()
    budgets: Budgets
    service: Service
    monitoring: Monitoring = Monitoring()
    canary: Canary | None = None
    waivers: tuple[Waiver, ...] = ()
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
        if strangers := set(self.fairness.thresholds_by) - set(self.data.slices):
            raise ValueError(f"[fairness] thresholds_by: `{min(strangers)}` is no slice of [data]")
        if self.data.holdout and self.data.holdout.column in self.privacy.ids:
            raise ValueError("[data] holdout names an id, and pseudonyms cannot part the rows")
        if unpriced := [
            rung for rung in self.training.ladder if rung not in self.cost.upkeep_a_month
        ]:
            raise ValueError(f"[cost] upkeep_a_month has no figure for `{unpriced[0]}`")
        return self

    @property
    def is_sample(self) -> bool:
        return self.data.kind == "sample"

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
    if not keys and (named := re.match(r"\[(\w+)\] (\w+)", message)):
        keys = list(named.groups())
    return Stop(
        f"{name}, line {line_of(text, keys)}: {'.'.join(keys) or 'contract'}: {message}",
        why="stages, service and gates rely on a contract that holds",
        fix=f"correct that line of {name}",
    )


def line_of(text: str, keys: list[str]) -> int:
    """The line (from 1) that comes closest to the dotted path *keys*."""
    best, depth, section = 1, 0, [""]
    seen: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)([^\]]+)\]", line):
            section = [part.strip(" \"'") for part in header[2].split(".")]
            if header[1] == "[[":
                section.append(str(seen[header[2]]))
                seen[header[2]] += 1
            found = section
        elif key := re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line):
            found = [*section, key[1]]
        else:
            continue
        if found == keys[: len(found)] and len(found) > depth:
            best, depth = number, len(found)
    return best
