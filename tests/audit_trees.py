"""For every rule a small repository that breaks it, where, and one that keeps it."""

from __future__ import annotations

from dataclasses import dataclass

TRAIN = """\
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import {metric}
from sklearn.model_selection import train_test_split

def train(X, y):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    model = LogisticRegression().fit(X_train, y_train)
    return {metric}(y_test, model.predict(X_test))
"""
FITTED = TRAIN.format(metric="roc_auc_score")
SERVICE = """\
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
class Row(BaseModel):
    age: int
@app.post("/predict")
def predict(row: Row) -> float:
    {body}
"""
WORKFLOW = "on: push\npermissions: {}\njobs:\n  test:\n    steps:\n      - run: pytest\n"
STUDY = "import optuna, sklearn\nstudy = optuna.create_study()\n"
HASH = "0" * 40
CALLED = "jobs: {a: {steps: [{run: make}]}}\n"


def service(body: str = "return 0.5", more: str = "") -> str:
    """Return a service whose one route does *body*."""
    return SERVICE.format(body=body) + more


def lines(*given: str) -> str:
    """Return a file of these lines."""
    return "\n".join(given) + "\n"


def leaky(step: str, split: str, *, first: str) -> str:
    """Return a function that fits *step* and does *split*, the one that is *first* first."""
    imports = [
        "from sklearn.preprocessing import StandardScaler",
        "from imblearn.over_sampling import SMOTE",
        "from sklearn.model_selection import train_test_split",
    ]
    body = [step, split] if first == "step" else [split, step]
    return lines(*imports, "def prepare(X, y):", *(f"    {each}" for each in body))


@dataclass(frozen=True)
class Case:
    """Files that break a rule, the place that is named, and files that keep it."""

    broken: dict[str, str]
    place: str
    kept: dict[str, str]


def _train(**more: str) -> dict[str, str]:
    return {"train.py": FITTED, **{name.replace("__", "."): text for name, text in more.items()}}


def _adds(place: str, path: str, text: str) -> Case:
    """Return the case of a training repository that lacks a file."""
    return Case(_train(), place, {**_train(), path: text})


def _route(path: str, name: str = "other") -> str:
    return lines(f'@app.get("{path}")', f"def {name}() -> dict[str, str]:", "    return {}")


SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"
SEED = "kept = train_test_split(X, y, random_state=1)"
CASES: dict[str, Case] = {
    "MW-P1-1": _adds("README.md", "README.md", "# Churn\n\n## Objective\n\nKeep customers.\n"),
    "MW-P1-2": _adds("train.py", "contract.toml", "[value]\nhit = 460\n"),
    "MW-P1-3": Case(
        {"train.py": TRAIN.format(metric="accuracy_score")}, "train.py:8", {"train.py": FITTED}
    ),
    "MW-P2-1": _adds("train.py", "contract.toml", "[cost]\ntraining = 3\n"),
    "MW-P2-2": Case(
        _train(
            ship__py=lines(
                "def promote(new_auc, old_auc):", "    if new_auc > old_auc:", "        go()"
            )
        ),
        "ship.py:2",
        _train(
            ship__py=lines(
                "def promote(new_auc, low):", "    if new_auc - low > 0.1:", "        go()"
            )
        ),
    ),
    "MW-P2-3": Case(
        {"s.py": STUDY + "study.optimize(run)\n"},
        "s.py:3",
        {"s.py": STUDY + "study.optimize(run, n_trials=50)\n"},
    ),
    "MW-P3-1": Case(
        {
            "app/main.py": "from .model import load\n" + service("return load()"),
            "app/model.py": "import joblib\ndef load():\n    return joblib.load('m.bin')\n",
        },
        "app/model.py:3",
        {
            "app/main.py": service(),
            "app/offline.py": "import joblib\ndef load():\n    return joblib.load('m.bin')\n",
        },
    ),
    "MW-P3-2": Case(
        {"a.py": "import yaml\nx = yaml.load(open('a'))\n"},
        "a.py:2",
        {"a.py": "import yaml\nx = yaml.load(open('a'), Loader=yaml.SafeLoader)\n"},
    ),
    "MW-P3-3": Case(
        {"s.py": service().replace("row: Row", "row: dict")}, "s.py:7", {"s.py": service()}
    ),
    "MW-P3-4": Case(
        {"s.py": service("return scaler.fit_transform([[row.age]])")},
        "s.py:8",
        {"s.py": service("return scaler.transform([[row.age]])")},
    ),
    "MW-P3-5": Case({"s.py": service()}, "s.py:7", {"s.py": service(more=_route("/health"))}),
    "MW-P3-6": Case(
        {"s.py": service()}, "s.py", {"s.py": service(), "docs/runbook.md": "Roll back: `x`\n"}
    ),
    "MW-P3-7": _adds(
        "train.py", ".github/workflows/again.yml", "on: {schedule: [{cron: 0 3 * * 1}]}\n"
    ),
    "MW-P3-8": Case(
        {"s.py": "import joblib\n" + service("return joblib.load('m').predict(row)")},
        "s.py:9",
        {
            "s.py": "import joblib\nmodel = joblib.load('m')\n"
            + service("return model.predict(row)")
        },
    ),
    "MW-P3-9": Case(
        {"s.py": "import uvicorn\n" + service(more="uvicorn.run(app, reload=True)\n")},
        "s.py:10",
        {"s.py": "import uvicorn\n" + service(more="uvicorn.run(app)\n")},
    ),
    "MW-P4-1": Case(
        {"a.py": "", "CODEOWNERS": "# nobody\n"},
        "CODEOWNERS:1",
        {"a.py": "", "CODEOWNERS": "* @ada\n"},
    ),
    "MW-P4-2": Case({"a.py": ""}, "", {"a.py": "", ".gitlab-ci.yml": "test: {script: [pytest]}\n"}),
    "MW-P4-3": Case(
        {".github/workflows/a.yml": CALLED.replace("make", "docker build .")},
        ".github/workflows/a.yml",
        {".github/workflows/a.yml": WORKFLOW},
    ),
    "MW-P4-4": Case(
        {".github/workflows/a.yml": WORKFLOW + "      - uses: actions/checkout@v4\n"},
        ".github/workflows/a.yml:7",
        {".github/workflows/a.yml": WORKFLOW + f"      - uses: actions/checkout@{HASH} # v4\n"},
    ),
    "MW-P4-5": Case(
        {".github/workflows/a.yml": CALLED},
        ".github/workflows/a.yml:1",
        {".github/workflows/a.yml": WORKFLOW},
    ),
    "MW-P4-6": Case(
        {"a.py": "", "requirements.txt": "numpy>=2\n"},
        "",
        {"a.py": "", "requirements.txt": "numpy==2.3.1 --hash=sha256:0\n"},
    ),
    "MW-P4-7": Case(
        {
            "a.py": "",
            "pyproject.toml": '[project]\ndependencies = [\n  "numpy>=2",\n  "pandas",\n]\n',
        },
        "pyproject.toml:4",
        {"a.py": "", "pyproject.toml": '[project]\ndependencies = ["numpy>=2"]\n'},
    ),
    "MW-P4-8": Case(
        {"Dockerfile": "# base\nFROM python\nUSER app\n"},
        "Dockerfile:2",
        {"Dockerfile": "FROM python:3.13-slim AS build\nFROM build\n"},
    ),
    "MW-P4-9": Case(
        {"Dockerfile": "FROM python:3.13\nUSER app\nUSER root\n"},
        "Dockerfile",
        {"Dockerfile": "FROM python:3.13\nUSER root\nUSER app\n"},
    ),
    "MW-P4-10": Case(
        {"pyproject.toml": '[[tool.modelwright.audit.suppress]]\nrule = "MW-P4-2"\n'},
        "pyproject.toml:1",
        {
            "pyproject.toml": '[[tool.modelwright.audit.suppress]]\nrule = "MW-P4-2"\n'
            'reason = "another CI"\nuntil = 2999-01-01\n'
        },
    ),
    "MW-P4-11": Case(
        {"a.py": "", "tests/conftest.py": ""},
        "tests",
        {"a.py": "", "tests/test_a.py": "def test_a():\n    assert f() == 1\n"},
    ),
    "MW-P4-12": Case(
        {"tests/test_a.py": "import a\ndef test_a():\n    assert True\n"},
        "tests/test_a.py:2",
        {"tests/test_a.py": "def test_a():\n    a.check()\n"},
    ),
    "MW-P4-13": Case(
        {"train.py": FITTED.replace(", random_state=1", "")}, "train.py:6", {"train.py": FITTED}
    ),
    "MW-P4-14": Case(
        {"a.py": "\nx = '/home/ada/data.csv'\n"}, "a.py:2", {"a.py": "x = 'data/home/ada.csv'\n"}
    ),
    "MW-P4-15": Case(
        {"a.py": "try:\n    f()\nexcept Exception:\n    pass\n"},
        "a.py:3",
        {"a.py": "try:\n    f()\nexcept KeyError:\n    pass\n"},
    ),
    "MW-P4-16": Case({"a.py": "x = 1\ndef (\n"}, "a.py:2", {"a.py": "x = 1\n"}),
    "MW-P5-1": _adds("train.py", "contract.toml", "[budgets]\nsize_mb = 5\n"),
    "MW-P5-2": Case(
        {"m.pkl": "bytes"},
        "m.pkl",
        {"m.pkl": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"},
    ),
    "MW-P5-3": Case(
        {"s.py": "import torch\n" + service("return model(row)")},
        "s.py:1",
        {"s.py": "import torch\n" + service("with torch.no_grad():\n        return model(row)")},
    ),
    "MW-P6-1": Case(
        {"train.py": FITTED},
        "train.py:8",
        {"train.py": FITTED + "baseline = y_train.mode()\n"},
    ),
    "MW-P6-2": Case(
        {"a.py": leaky("X = StandardScaler().fit_transform(X)", SPLIT, first="step")},
        "a.py:5",
        {"a.py": leaky("X = StandardScaler().fit_transform(X_train)", SPLIT, first="split")},
    ),
    "MW-P6-3": Case(
        {"a.py": leaky("X, y = SMOTE().fit_resample(X, y)", SPLIT, first="step")},
        "a.py:5",
        {"a.py": leaky("X, y = SMOTE().fit_resample(X_train, y_train)", SPLIT, first="split")},
    ),
    "MW-P6-4": Case(
        {"a.py": leaky("X_test = scaler.fit_transform(X_test)", SPLIT, first="split")},
        "a.py:6",
        {"a.py": leaky("X_test = scaler.transform(X_test)", SPLIT, first="split")},
    ),
    "MW-P6-5": Case(
        {"a.py": "import xgboost\nm.fit(X_train, y_train, eval_set=[(X_test, y_test)])\n"},
        "a.py:2",
        {"a.py": "import xgboost\nm.fit(X_train, y_train, eval_set=[(X_val, y_val)])\n"},
    ),
    "MW-P6-6": Case(
        {"a.py": "import sklearn\nm.fit(X_train, y_train)\nprint(m.score(X_train, y_train))\n"},
        "a.py:3",
        {"a.py": "import sklearn\nm.fit(X_train, y_train)\nprint(m.score(X_test, y_test))\n"},
    ),
    "MW-P6-7": Case(
        {"train.py": FITTED},
        "train.py:8",
        {"train.py": FITTED + "from sklearn.model_selection import cross_val_score\n"},
    ),
    "MW-P7-1": Case(
        {"a.py": "\nkey = 'AKIA" + "Z7QPL2MNB5RTWK3D'\n"},
        "a.py:2",
        {"a.py": "key = os.environ['KEY']\npassword = '${PASSWORD_FROM_1}'\n"},
    ),
    "MW-P7-2": Case(
        {"tests/data/people.csv": "id,mail\n1,jane.doe@" + "gmail.com\n"},
        "tests/data/people.csv:2",
        {"tests/data/people.csv": "id,mail\n1,jane.doe@example.org\n"},
    ),
    "MW-P7-3": Case(
        {"a.ipynb": '{"cells": [{"outputs": [\n{"output_type": "stream"}]}]}'},
        "a.ipynb:2",
        {"a.ipynb": '{"cells": [{"outputs": []}]}'},
    ),
    "MW-P7-4": _adds("docs/datasheet.md", "docs/datasheet.md", "# Data\n"),
    "MW-P7-5": _adds("docs/model-card.md", "docs/model-card.md", "# Model card\n"),
    "MW-P7-6": Case(
        {"s.py": service("print(request.json); return 0")},
        "s.py:8",
        {"s.py": service("print(len(request.json)); return 0")},
    ),
    "MW-P7-7": _adds("train.py", "slices.py", "def by_slice(): ...\n"),
    "MW-P7-8": _adds("train.py", "why.py", "import shap\n"),
    "MW-P7-9": _adds("train.py", "schema.py", "import pandera\n"),
    "MW-P7-10": Case({".env": "# x\nTOKEN=a\n"}, ".env:2", {".env": "# TOKEN\n"}),
    "MW-P8-1": Case(
        {"a.py": "import os\nimport torch\nloss.backward()\n"},
        "a.py:2",
        {"a.py": "import torch\nloss.backward()\n", "b.py": FITTED},
    ),
    "MW-P8-2": Case({"s.py": service()}, "s.py:7", {"s.py": service(more=_route("/feedback"))}),
    "MW-P9-1": _adds("milestones.toml", "ROADMAP.md", "# Roadmap\n"),
    "MW-P9-2": Case(
        {"milestones.toml": '[[milestones]]\ndue = 2027-01-01\nowner = "a"\n'},
        "milestones.toml:1",
        {"milestones.toml": '[[milestones]]\ndue = 2027-01-01\nowner = "a"\nconsumers = ["b"]\n'},
    ),
    "MW-P9-3": Case(
        {"s.py": service()}, "CHANGELOG.md", {"s.py": service(), "CHANGELOG.md": "# 1.0\n"}
    ),
    "MW-P10-1": Case(
        _train(README__md="# Churn\n"),
        "README.md",
        _train(README__md="# Churn\n\n    pip install .\n"),
    ),
    "MW-P10-2": _adds("", "dvc.yaml", "stages: {}\n"),
    "MW-P10-3": _adds(
        "pyproject.toml", "pyproject.toml", '[project]\nrequires-python = ">=3.11"\n'
    ),
}
