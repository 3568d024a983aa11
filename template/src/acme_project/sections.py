"""The sections of `contract.toml`: what each key is called, and which values it may have."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

Rung = Literal["rule", "linear", "boosted", "deep"]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
NotNegative = Annotated[FiniteFloat, Field(ge=0)]
Practice = Literal["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10"]


class Section(BaseModel):
    """A part of the contract: no unknown key, no silent conversion, no later change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Project(Section):
    title: str
    description: str
    problem: Literal["classification"]
    ci: str = ""


class Objective(Section):
    """What must improve; *proxy_note* says why a proxy may rank the rungs in another order."""

    sentence: str
    unit: str
    proxy_note: str = ""


class Roles(Section):
    data_scientist: str
    data_engineer: str
    devops_engineer: str


class Launch(Section):
    date: date
    country: str
    consumers: tuple[str, ...]


class Holdout(Section):
    """Rows kept back; a model made until *after* cannot have seen them."""

    column: str
    values: tuple[str, ...]
    after: datetime | None = None


class Data(Section):
    source: str
    kind: Literal["sample", "own"]
    name: str
    key: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    time_days: Positive = 1.0
    holdout: Holdout | None = None
    slices: tuple[str, ...] = ()


class Label(Section):
    """Positive is a number *above* a limit, or a *positive* category; one of the two."""

    column: str
    decision: str
    above: FiniteFloat | None = None
    positive: str | None = None
    threshold: Literal["best-value"] | Share = "best-value"

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
    """By how much a rung must beat what is simpler, in the objective's unit a row."""

    required: NotNegative
    noticeable: NotNegative
    confidence: Share


class Cost(Section):
    """What models cost besides acting on their answers, in the objective's unit."""

    rows_a_month: Positive
    horizon_months: Annotated[int, Field(ge=1)]
    training_hour: NotNegative
    serving_hour: NotNegative
    retrainings_a_month: NotNegative
    upkeep_a_month: dict[Rung, NotNegative]
    placeholder: bool = False


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


class Fairness(Section):
    """How far recall may differ between groups, as a share of the best group's, and the remedy."""

    allowed_gap: Share
    thresholds_by: tuple[str, ...] = ()
    strength: Annotated[FiniteFloat, Field(ge=0, le=10)] = 0.0


class Privacy(Section):
    """Columns that say who somebody is; of those, the ids, which leave as pseudonyms."""

    personal: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @model_validator(mode="after")
    def ids_are_personal(self) -> Self:
        if strangers := set(self.ids) - set(self.personal):
            raise ValueError(f"`{min(strangers)}` is an id, so it belongs to `personal` too")
        return self


class Service(Section):
    """What those who depend on the service may expect of it."""

    available: Share
    p99_ms: Positive
    max_age_days: Annotated[int, Field(ge=1)]


class Monitoring(Section):
    """When live traffic raises an alarm."""

    # How likely a look may raise any alarm at all when nothing has changed.
    false_alarms: Share = 0.01
    # The smallest shift that is worth an alarm, as a population stability index.
    noticeable_shift: Positive = 0.1
    # How many rows a look judges: the latest.
    window: Annotated[int, Field(ge=200)] = 1000


class Canary(Section):
    """When a canary has shown enough; *worse* is in the objective's unit a row."""

    share: Share
    rows: Annotated[int, Field(ge=1)]
    worse: Positive


class Waiver(Section):
    """A person's word that a practice may stay red until a day, for one set of data."""

    practice: Practice
    reason: Annotated[str, Field(pattern=r"\S")]
    person: Annotated[str, Field(pattern=r"\S")]
    data: str
    until: date


class Budgets(Section):
    artifact_mb: Positive
    p95_ms: Positive
    memory_mb: Positive
    train_s: Positive
    first_prediction_s: Positive


class Number(Section):
    """A number from *low* to *high*; `scale = "log"` for amounts with a long tail."""

    kind: Literal["number"]
    low: FiniteFloat
    high: FiniteFloat
    required: bool = True
    price: NotNegative = 0.0
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
    price: NotNegative = 0.0

    @model_validator(mode="after")
    def distinct(self) -> Self:
        if "" in self.levels or len(set(self.levels)) < len(self.levels):
            raise ValueError("levels are distinct and not empty")
        return self


Feature = Annotated[Number | Category, Field(discriminator="kind")]
Value = Annotated[ColumnValue | MatrixValue, Field(discriminator="kind")]
