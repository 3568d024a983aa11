import numpy as np
import onnx
import onnxruntime as ort
import pandas as pd
import pytest

from acme_project.classification import estimator
from acme_project.contract import Contract
from acme_project.conversion import to_onnx
from acme_project.sections import Category, Number, Rung

from conftest import AS_SHIPPED

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")
FEATURES = {
    "spending": CONTRACT.features["spending"],
    "year of birth": Number(kind="number", low=1900.0, high=2030.0, required=False),
    "tiny (log)": Number(kind="number", low=0.0, high=1.0, scale="log"),
    "plan": Category(kind="category", levels=("free", "25%", "50%", "95%", "deductible")),
}


def table(seed: int) -> pd.DataFrame:
    """Hard to compute in single precision: large offsets, tiny amounts, missing cells."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "spending": random.lognormal(5, 3, 500),
            "year of birth": random.integers(1990, 1996, 500).astype(float),
            "tiny (log)": random.exponential(1e-3, 500),
        }
    )
    frame = frame.astype(np.float32).astype(np.float64)
    frame.loc[::7, "year of birth"] = np.nan
    return frame.assign(plan=random.choice(["free", "25%", "", "unheard of"], 500))


@pytest.mark.parametrize("rung", ["rule", "linear", "boosted", "deep"])
def test_every_rung_answers_the_same_once_packaged(rung: Rung) -> None:
    contract = CONTRACT.model_copy(update={"features": FEATURES})
    seen, unseen = table(0), table(1)
    chance = np.random.default_rng(2).random(500)
    label = (seen["year of birth"].fillna(1993) > 1990 + 6 * chance).to_numpy()
    pipeline = estimator(rung, contract).fit(seen, label)

    graph = to_onnx(pipeline, FEATURES)
    session = ort.InferenceSession(graph)
    given = {
        name: unseen[[name]].to_numpy(np.float32 if isinstance(kind, Number) else object)
        for name, kind in FEATURES.items()
    }
    answers = session.run(["probabilities"], given)[0]

    assert [each.name for each in session.get_inputs()] == list(FEATURES)
    assert np.abs(answers - pipeline.predict_proba(unseen)).max() <= 1e-6
    assert to_onnx(pipeline, FEATURES) == graph
    domains = [opset.domain for opset in onnx.load_from_string(graph).opset_import]
    assert domains == sorted(domains)
