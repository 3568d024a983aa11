"""A small real model, packaged the way the pipeline does it, for the tests of what serves it."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

VERSION = "linear-0a1b2c3d"
PLANS = ("free", "25%", "50%")
NUMBERS = ("age", "visits", "spending")
EXAMPLE: dict[str, Any] = {"age": 42.0, "visits": 3.0, "spending": 120.5, "plan": "free"}


def people(count: int, seed: int = 0) -> pd.DataFrame:
    """Return *count* rows within the features' ranges, some without visits."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.uniform(0, 120, count),
            "visits": np.where(random.random(count) < 0.2, np.nan, random.poisson(4, count)),
            "spending": random.lognormal(5, 2, count),
            "plan": random.choice(PLANS, count),
        }
    )


@cache
def fitted() -> Pipeline:
    """Fit a logistic regression whose terms are wide apart, so that rounding would show."""
    rows = people(2_000)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encode = make_column_transformer((numbers, list(NUMBERS)), (levels, ["plan"]))
    label = rows["age"] + np.log1p(rows["spending"]) * 10 > 110
    return make_pipeline(encode, LogisticRegression()).fit(rows, label)


@cache
def graph() -> bytes:
    """Convert to ONNX: one [n, 1] input per column, `probabilities` of shape [n, 2] out."""
    inputs: list[Any] = [(name, FloatTensorType([None, 1])) for name in NUMBERS]
    inputs.append(("plan", StringTensorType([None, 1])))
    pipeline = fitted()
    options = {id(pipeline[-1]): {"zipmap": False}}
    return to_onnx(pipeline, initial_types=inputs, options=options).SerializeToString()


def manifest(content: bytes) -> dict[str, Any]:
    """Describe *content* as the pipeline would."""
    spending = {"name": "spending", "kind": "number", "required": True, "low": 0}
    return {
        "format": 1,
        "project": "acme-project",
        "version": VERSION,
        "created": "2026-11-22T10:00:00Z",
        "rung": "linear",
        "problem": "classification",
        "threshold": 0.37,
        "decision": "call",
        "features": [
            {"name": "age", "kind": "number", "required": True, "low": 0, "high": 120},
            {"name": "visits", "kind": "number", "required": False, "low": 0},
            spending,
            {"name": "plan", "kind": "category", "required": True, "levels": list(PLANS)},
        ],
        "outcome": [{"name": "cost", "kind": "number", "required": True}],
        "files": {"model.onnx": hashlib.sha256(content).hexdigest()},
        "data": {
            "source": "made for the tests",
            "sha256": "0" * 64,
            "kind": "sample",
            "name": "TEST ROWS",
            "rows": 2_000,
        },
        "code": {"commit": None, "sha256": "0" * 64},
        "metrics": {"value": 11.66},
        "parent": None,
        "example": EXAMPLE,
    }


def write(models: Path, content: bytes | None = None, **changed: object) -> Path:
    """Package a graph under *models* as the current version; return the version's folder."""
    content = graph() if content is None else content
    folder = models / VERSION
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest(content) | changed), "utf-8")
    (models / "CURRENT").write_text(f"{VERSION}\n", "utf-8")
    return folder


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return `people` as the service receives them: missing is None."""
    table = people(count, seed).astype(object)
    return table.where(table.notna(), None).to_dict("records")
