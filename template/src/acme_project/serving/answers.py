"""The shapes of what the service answers, as its OpenAPI document shows them."""

from pydantic import BaseModel

from ..reasons import Explanation


class Answer(BaseModel):
    """A prediction, and the id under which its outcome is told; null where none was captured."""

    id: str | None
    probability: float
    decision: bool


class Predictions(BaseModel):
    """The answers in the order of the rows, and the version that gave them."""

    model: str
    predictions: list[Answer]


class Reference(BaseModel):
    """The typical row that reasons compare with, and its probability."""

    row: dict[str, float | str | None]
    probability: float


class Explanations(BaseModel):
    """The reasons for each row's answer, and the row that they start from."""

    model: str
    reference: Reference
    explanations: list[Explanation]


class Readiness(BaseModel):
    """Whether predictions can be asked for, of which versions, and whether they are captured.

    *fault* says why a version that should answer does not.
    """

    ready: bool
    model: str | None
    canary: str | None
    fault: str | None
    captures: bool
