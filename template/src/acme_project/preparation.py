"""Turn the contract's features into columns that estimators can use."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from .sections import Category, Feature, Number


class Double(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Double precision from here on: nothing in training, a cast in the packaged graph.

    What is scaled in single precision cancels badly, which would move probabilities.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> "Double":  # noqa: N803
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        return np.asarray(X, dtype=np.float64)


class Log1p(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """log(1 + x) of amounts from 0 upwards; missing stays missing."""

    def fit(self, X: pd.DataFrame, y: object = None) -> "Log1p":  # noqa: N803
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        return np.log1p(np.maximum(np.asarray(X, dtype=np.float64), 0.0))


def filled(features: dict[str, Feature]) -> ColumnTransformer:
    """For linear models: missing numbers filled, long tails tamed."""
    numbers = {name: kind for name, kind in features.items() if isinstance(kind, Number)}
    long = [name for name, kind in numbers.items() if kind.scale == "log"]
    plain = [name for name in numbers if name not in long]
    fill = SimpleImputer(strategy="median")
    parts = [
        ("long", make_pipeline(fill, Log1p()), long),
        ("plain", fill, plain),
        ("category", *one_hot(features)),
    ]
    return ColumnTransformer([part for part in parts if part[-1]])


def as_they_are(features: dict[str, Feature]) -> ColumnTransformer:
    """For trees: they need no scale, and know how to treat a missing number."""
    numbers = [name for name, kind in features.items() if isinstance(kind, Number)]
    parts = [("number", "passthrough", numbers), ("category", *one_hot(features))]
    return ColumnTransformer([part for part in parts if part[-1]])


def one_hot(features: dict[str, Feature]) -> tuple[OneHotEncoder, list[str]]:
    """One column for each declared level; a missing or unknown one is all zeros."""
    kinds = {name: kind for name, kind in features.items() if isinstance(kind, Category)}
    levels = [list(kind.levels) for kind in kinds.values()]
    encoder = OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False)
    return encoder, list(kinds)
