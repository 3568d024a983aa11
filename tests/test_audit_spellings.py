"""The same fault in other words is found, and what only looks like it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from audit_trees import FITTED, lines, service
from test_audit_rules import judged, written

from modelwright.core.finding import Status

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = lines(
    "from sklearn.model_selection import train_test_split as tts",
    "import sklearn.preprocessing as p",
)
FLASK = "from flask import Flask, request\napp = Flask(__name__)\n"
POST = '@app.route("/predict", methods=["POST"])\ndef predict():\n'
FOUND = [
    ("MW-P6-2", SPLIT + "s = p.StandardScaler()\nX = s.fit_transform(X)\na, b = tts(X)\n", 4),
    ("MW-P6-2", SPLIT + "s = p.StandardScaler()\ns.fit(X)\nX = s.transform(X)\na, b = tts(X)\n", 4),
    (
        "MW-P6-2",
        SPLIT + "Z = pd.DataFrame(p.StandardScaler().fit_transform(X))\na, b = tts(Z)\n",
        3,
    ),
    ("MW-P6-2", SPLIT + "d[c] = p.StandardScaler().fit_transform(d[c])\na, b = tts(d)\n", 3),
    ("MW-P6-4", "from sklearn.svm import SVC\nm = SVC()\nm.fit(xtest, ytest)\n", 3),
    ("MW-P6-6", "import sklearn\nm.fit(Xt, y)\nsklearn.metrics.f1_score(y_train, p)\n", 3),
    ("MW-P3-1", FLASK + "from pickle import load\nm = load(open('m', 'rb'))\n", 4),
    ("MW-P3-1", FLASK + "import torch\nm = torch.load('m.pt')\n", 4),
    ("MW-P3-3", FLASK + POST + "    x = request.get_json()\n    return model.predict(x)\n", 4),
    ("MW-P3-3", service().replace("row: Row", "row: dict[str, Any]"), 7),
    ("MW-P3-9", FLASK + "app.run(debug=True)\n", 3),
    ("MW-P4-13", "import sklearn, numpy as np\nm.fit(X)\nx = np.random.rand(3)\n", 3),
    ("MW-P4-13", FITTED.replace("random_state=1", "random_state=None"), 6),
    ("MW-P4-13", "import torch\nloss.backward()\n", 1),
    ("MW-P7-1", "DB_PASSWORD = 's3cr3t-pa55'\n", 1),  # pragma: allowlist secret
    ("MW-P7-6", "import logging\n" + service("logging.info(f'{row.model_dump()}')"), 9),
]
QUIET = [
    ("MW-P6-2", SPLIT + "a, b = tts(X)\ns = p.StandardScaler().fit(a)\n"),
    ("MW-P6-2", SPLIT + "X = p.OneHotEncoder().fit_transform(X)\na, b = tts(X)\n"),
    ("MW-P6-2", SPLIT + "e = p.StandardScaler().fit(other)\na, b = tts(X)\n"),
    ("MW-P6-4", "import sklearn\nm.fit(X_train, y_train)\nm.predict(X_test)\n"),
    ("MW-P3-1", FLASK + "import torch\nm = torch.load('m.pt', weights_only=True)\n"),
    ("MW-P3-1", FLASK + "import json\nm = json.load(open('m'))\n"),
    ("MW-P3-3", service().replace("row: Row", "row: dict[str, float]")),
    ("MW-P3-3", service().replace("row: Row", "row: list[Row]")),
    ("MW-P4-13", "import sklearn, numpy as np\nm.fit(X)\nx = np.random.default_rng(1).normal()\n"),
    ("MW-P4-13", FITTED.replace("random_state=1", "**settings")),
    ("MW-P4-13", FITTED.replace("random_state=1", "shuffle=False")),
    ("MW-P7-1", "tokenizer = 'bert-base-v2'\npassword = os.environ['PASSWORD']\n"),
    (
        "MW-P7-1",
        "api_key = '<your-key-1234>'\nurl = 'http://user:" + "password@localhost/x'\n",
    ),  # pragma: allowlist secret
    ("MW-P3-2", "from ruamel.yaml import YAML\nyaml = YAML()\nx = yaml.load(open('a'))\n"),
    ("MW-P4-14", "doc = 'see /home/ada/x'\n"),
]


@pytest.mark.parametrize(("rule", "code", "line"), FOUND)
def test_found_in_other_words(tmp_path: Path, rule: str, code: str, line: int):
    verdict = judged(written(tmp_path, {"a.py": code}), rule)
    assert verdict.status is Status.FAILED
    assert verdict.findings[0].line == line


@pytest.mark.parametrize(("rule", "code"), QUIET)
def test_what_only_looks_like_it_passes(tmp_path: Path, rule: str, code: str):
    verdict = judged(written(tmp_path, {"a.py": code}), rule)
    assert (verdict.status, verdict.findings) == (Status.PASSED, ())


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True),
        ("deploy/Dockerfile", True),
        ("Dockerfile.gpu", True),
        ("deploy/gpu.Dockerfile", True),
        ("tests/test_dockerfile.py", False),
    ],
)
def test_a_dockerfile_is_known_by_its_name(tmp_path: Path, name: str, is_one: bool):
    verdict = judged(written(tmp_path, {"a.py": "", name: "FROM python\n"}), "MW-P4-8")
    assert verdict.status is (Status.FAILED if is_one else Status.SKIPPED)


NOTEBOOK = """\
{"nbformat": 4, "cells": [
 {"cell_type": "markdown", "source": ["# Fit"], "metadata": {}},
 {"cell_type": "code", "outputs": [], "source": [
  "%matplotlib inline\\n",
  "!pip install x\\n",
  "from sklearn.model_selection import train_test_split\\n",
  "from sklearn.preprocessing import StandardScaler"]},
 {"cell_type": "code", "outputs": [], "source": [
  "X = StandardScaler().fit_transform(X)\\n",
  "a, b = train_test_split(X)"]}
]}
"""


def test_code_in_a_notebook_is_found_at_its_line(tmp_path: Path):
    verdict = judged(written(tmp_path, {"a.ipynb": NOTEBOOK}), "MW-P6-2")
    [found] = verdict.findings
    assert (found.path, found.line) == ("a.ipynb", 9)
    verdict = judged(written(tmp_path, {"a.ipynb": "{"}), "MW-P6-2")
    assert verdict.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("1,GB94BARC10201530093459", True),
        ("1,DE89370400440532013000", False),
        ("1,GB94BARC10201530093458", False),
        ("1,4539 1488 0343 6467", True),
        ("1,4539 1488 0343 6468", False),
        ("1,536-90-4399", True),
        ("1,212-867-5309", True),
        ("1,212-555-0123", False),
        ("1,2026-11-22,3.14159", False),
        ("# SPDX-FileCopyrightText: Ada <ada@lovelace.name>", False),
    ],
)
def test_numbers_of_people_are_told_from_other_numbers(tmp_path: Path, line: str, held: bool):
    verdict = judged(written(tmp_path, {"tests/data/a.csv": f"id,x\n{line}\n"}), "MW-P7-2")
    assert (verdict.status is Status.FAILED) is held
