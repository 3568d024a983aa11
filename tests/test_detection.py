"""What a repository says of itself is found in whatever it is written, and nothing is run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from modelwright.detection import Facts, detected

POETRY = """
[tool.poetry]
name = "churn-radar"
license = "Apache License 2.0"
[tool.poetry.dependencies]
python = "^3.9"
numpy = "*"
"""
CFG = """
[metadata]
name = churn-radar
description = Who % leaves
[options]
python_requires = >=3.8, <4
install_requires =
    numpy>=1
    scikit-learn[extra] ; python_version < "3.12"
"""
PY = """
import os, setuptools
os.abort()
setuptools.setup(
    name="churn-radar", version=os.environ["V"], python_requires=">=3.7", license="BSD 3-Clause",
    install_requires=["numpy==1.0"],
)
"""
CLASSIFIED = """
[project]
name = "churn-radar"
classifiers = ["License :: OSI Approved :: MIT License"]
"""


def found(files: Mapping[str, str]) -> Facts:
    return detected(files.keys(), lambda path: files.get(path, ""))


@pytest.mark.parametrize(
    ("file", "text", "facts"),
    [
        ("pyproject.toml", POETRY, ("3.9", "Apache-2.0", ("numpy",))),
        ("pyproject.toml", CLASSIFIED, ("", "MIT", ())),
        ("setup.cfg", CFG, ("3.8", "", ("numpy", "scikit-learn"))),
        ("setup.py", PY, ("3.7", "BSD-3-Clause", ("numpy",))),
    ],
)
def test_every_way_of_packaging_is_read(file: str, text: str, facts: tuple[object, ...]):
    known = found({file: text})
    assert known.name == "churn-radar"
    assert (known.python, known.licence, known.dependencies) == facts


def test_what_packaging_does_not_tell_is_told_by_the_files():
    files = {
        ".python-version": "3.12.1\n",
        "LICENSE": "MIT License\n\nCopyright",
        "requirements.txt": "# all\n-r other.txt\npandas==2\n",
        "test/test_it.py": "",
        ".github/workflows/ci.yml": "",
    }
    expected = Facts(
        python="3.12", licence="MIT", dependencies=("pandas",), tests="test", ci="github"
    )
    assert found(files) == expected


@pytest.mark.parametrize(
    ("paths", "package"),
    [
        (["src/a/__init__.py", "src/a/x.py", "src/churn_radar/__init__.py"], "churn_radar"),
        (["src/a/__init__.py", "src/b/__init__.py", "src/b/x.py", "c/__init__.py"], "b"),
        (["a/__init__.py", "a/b/__init__.py", "tests/__init__.py", "tests/x.py"], "a"),
        (["tests/__init__.py", "main.py"], ""),
    ],
)
def test_the_package_is_the_one_of_the_name_or_the_largest(paths: list[str], package: str):
    assert found({"pyproject.toml": CLASSIFIED, **dict.fromkeys(paths, "")}).package == package


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[project"),
        ("pyproject.toml", "project = 3\ntool = []"),
        ("pyproject.toml", "[project]\nname = 3\ndependencies = {a = 1}\nclassifiers = 4"),
        ("pyproject.toml", "a = " + "[" * 100_000),
        ("setup.cfg", "no section"),
        ("setup.cfg", "[metadata]\nname = 1\n[metadata]\n"),
        ("setup.py", "setup("),
        ("setup.py", "\0"),
        ("setup.py", "setup(**{'name': 'x'}, name=" + "(" * 10_000 + ")"),
        ("setup.py", "x" + ".a()" * 5_000),
    ],
)
def test_what_cannot_be_read_says_nothing(file: str, text: str):
    assert found({file: text}).known == {}


def test_a_repositorys_own_words_win_over_an_older_templates_but_for_equal_names():
    facts = Facts(name="Churn_Radar", package="radar", licence="MIT")
    answers = facts.answers({"package": "old", "project_name": "Our Radar", "python_version": 3})
    expected = {"package": "old", "python_package": "radar", "title": "Our Radar"}
    assert {**answers, **expected, "command": "churn-radar", "python_version": 3} == answers
