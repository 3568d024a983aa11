"""The packaged model: its manifest, its verification and its predictions.

Loading runs no code of the artifact's: a model is an ONNX graph whose hash the manifest holds.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import onnxruntime as ort
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from .errors import Stop
from .signature import Category, Fault, Feature, Number, Row, check

# What answers, and what was packaged last: most often the same version.
CURRENT = "CURRENT"
LATEST = "LATEST"
MANIFEST = "manifest.json"
GRAPH = "model.onnx"
OUTPUT = "probabilities"

# Matrix kernels round differently for one row than for many. Every call to the graph therefore
# has this many rows, so that a row's probability never depends on the rows that travel with it.
BLOCK = 16

REPACK = "put back a good models/ folder, or run `acme-project package`"

PLAIN_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
FileName = Annotated[str, Field(pattern=PLAIN_NAME)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class DataSource(_Strict):
    """Where the training rows came from."""

    source: str
    sha256: Sha256
    kind: Literal["sample", "own"]
    name: str
    rows: int = Field(gt=0)

    @property
    def warning(self) -> str | None:
        """Say that the data is the sample, for as long as it is."""
        return f"sample data: {self.name}, not your problem" if self.kind == "sample" else None


class CodeSource(_Strict):
    """The code that trained the model; *commit* is None outside a git repository."""

    commit: str | None
    sha256: Sha256


class Groups(_Strict):
    """Columns that are no features and choose a threshold: their levels, joined by "/"."""

    columns: tuple[Category, ...] = Field(min_length=1)
    thresholds: dict[str, float]

    def of(self, row: Row) -> float | None:
        """The threshold of the row's group; None when it has none of its own."""
        return self.thresholds.get("/".join(str(row.get(each.name) or "") for each in self.columns))


class Manifest(_Strict):
    """What a packaged model is, what it accepts, where it came from and how it decides."""

    format: Literal[1]
    project: Literal["acme-project"]
    version: FileName
    created: AwareDatetime
    rung: str
    problem: Literal["classification"]
    threshold: float = Field(ge=0)
    groups: Groups | None = None
    decision: str
    features: tuple[Feature, ...] = Field(min_length=1)
    # The columns that tell how a row turned out.
    outcome: tuple[Feature, ...] = Field(min_length=1)
    files: dict[FileName, Sha256]
    data: DataSource
    code: CodeSource
    metrics: dict[str, JsonValue]
    parent: str | None
    example: dict[str, float | str | None]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if GRAPH not in self.files:
            raise ValueError(f"files: holds no hash of {GRAPH}")
        if faults := check(self.features, self.example):
            raise ValueError(f"example: {faults[0].field} {faults[0].problem}")
        return self

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """What a row may hold: the features, then the columns that choose a threshold."""
        return (*self.features, *(self.groups.columns if self.groups else ()))

    @property
    def group_columns(self) -> list[str]:
        """What a row may hold besides features; nothing where one threshold is for all."""
        return [each.name for each in self.inputs[len(self.features) :]]

    def threshold_of(self, row: Row) -> float:
        """The probability from which *row* is acted on."""
        own = self.groups.of(row) if self.groups else None
        return self.threshold if own is None else own


@dataclass(frozen=True, slots=True)
class Prediction:
    """The probability of the positive class, and whether it reaches the row's threshold."""

    probability: float
    decision: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model, ready to predict."""

    manifest: Manifest
    session: ort.InferenceSession

    def check(self, row: Mapping[str, object]) -> list[Fault]:
        """Return everything wrong with *row*; empty when `predict` may have it."""
        return check(self.manifest.inputs, row)

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """Predict each of the checked *rows*, in order.

        A row gives the same bits alone, in any batch and at any place in it. Raises `Stop` for
        numbers so large that the graph overflows.
        """
        blocks = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
        return [prediction for block in blocks for prediction in self._predict_block(block)]

    def _predict_block(self, rows: Sequence[Row]) -> list[Prediction]:
        columns = {feature.name: _column(feature, rows) for feature in self.manifest.features}
        probabilities = np.asarray(self.session.run([OUTPUT], columns)[0])
        positive = probabilities[: len(rows), 1].tolist()
        if any(map(math.isnan, positive)):
            raise Stop(
                "the numbers of a row are too large for the model to compute with",
                fix="declare the ranges in contract.toml, so that the field is named",
            )
        return [
            Prediction(p, p >= self.manifest.threshold_of(row))
            for p, row in zip(positive, rows, strict=True)
        ]


def _column(feature: Number | Category, rows: Sequence[Row]) -> np.ndarray[Any, Any]:
    """Return one graph input of shape [BLOCK, 1]; missing is NaN for numbers, "" for categories.

    The last row fills what is left of the block.
    """
    number = feature.kind == "number"
    column = np.empty((BLOCK, 1), dtype=np.float32 if number else object)
    missing = math.nan if number else ""
    for place, row in enumerate(rows):
        value = row.get(feature.name)
        column[place, 0] = missing if value is None else value
    column[len(rows) :] = column[len(rows) - 1]
    return column


def current(models: Path) -> str | None:
    """Return the version that `models/CURRENT` names; None while nothing has been packaged."""
    return pointed(models, CURRENT)


def latest(models: Path) -> str | None:
    """Return the version that was packaged last; None while nothing has been packaged."""
    return pointed(models, LATEST)


def pointed(models: Path, name: str) -> str | None:
    """Return the version that the pointer *name* names; None when there is no such pointer."""
    pointer = models / name
    if not pointer.exists():
        return None
    version = _read(pointer).decode("utf-8", "replace").strip()
    if not re.match(PLAIN_NAME, version):
        raise Stop(f"{pointer} names no version", why="a version is one plain name", fix=REPACK)
    return version


def load(models: Path, version: str | None = None) -> Model:
    """Load a verified model: *version*, or the one that `models/CURRENT` names.

    Raises `Stop` when a file is missing, altered, of another project or of an unknown format.
    """
    version = version or current(models)
    if version is None:
        raise Stop(
            f"there is no model in {models}",
            fix="run `acme-project run` to make one",
        )
    folder = models / version
    manifest = _manifest(folder / MANIFEST)
    if manifest.version != version:
        raise Stop(f"{folder} holds another version: {manifest.version}", fix=REPACK)
    graph = _verified(folder, manifest)[GRAPH]
    try:
        return _start(manifest, graph)
    except Exception as error:  # onnxruntime has no common type for its errors
        raise Stop(
            f"{folder / GRAPH} is no model that this manifest describes",
            why=str(error).splitlines()[0],
            fix=REPACK,
        ) from error


def _manifest(path: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(_read(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise Stop(
            f"{path} is not a manifest that this project can use",
            why=f"{place}: {first['msg']}",
            fix=REPACK,
        ) from error


def _verified(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """Read the files that the manifest vouches for, each with the hash that it states."""
    contents = {name: _read(folder / name) for name in manifest.files}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest.files[name]:
            raise Stop(
                f"{folder / name} was altered since it was packaged",
                why="its SHA-256 is not the one in the manifest",
                fix=REPACK,
            )
    return contents


def _start(manifest: Manifest, graph: bytes) -> Model:
    """Start the graph on one thread, and see it answer the manifest's own example."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    model = Model(manifest, session)
    (example,) = model.predict([manifest.example])
    if not 0 <= example.probability <= 1:
        raise ValueError("its example's probability is not between 0 and 1")
    return model


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Stop(f"cannot read {path}", why=str(error.strerror), fix=REPACK) from error
