"""The wheel holds everything: it lays out the same repository with the checkout out of sight."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, tree

pytestmark = pytest.mark.slow

UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a clean copy, since a checkout in use holds what running the template leaves."""
    copy = tmp_path_factory.mktemp("source") / "modelwright"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in _output(*listed, cwd=ROOT).splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    _output(UV, "build", "--quiet", "--out-dir", copy.parent, cwd=copy)
    return next(copy.parent.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what the tests need, and nothing of the checkout."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    _output(UV, "venv", "--quiet", "--python", sys.executable, venv, cwd=venv.parent)
    needs = ["pytest", "hypothesis", "pexpect", "markdown-it-py"]
    install = [UV, "pip", "install", "--quiet", "--python", venv, "-c", ROOT / "constraints.txt"]
    _output(*install, wheel, *needs, cwd=venv.parent)
    return venv / ("Scripts" if os.name == "nt" else "bin") / "python"


def test_the_wheel_carries_the_template_and_no_more(wheel: Path):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    carried = {n.removeprefix("modelwright/builtin_template/") for n in inside if "builtin" in n}
    listed = _output("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    template = {
        name
        for name in listed.splitlines()
        if name.startswith("template/") and (ROOT / name).is_file()
    }
    assert carried - {"modelwright/builtin.py"} == template | {"copier.yml"}


def test_the_tests_pass_on_the_installed_wheel(python: Path, tmp_path: Path):
    shutil.copytree(
        ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    chosen = ["naming", "new", "place", "dialogue", "sources", "explain"]
    files = [f"test_{name}.py" for name in chosen]
    environment = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=tmp_path / "tests",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    code = "import modelwright; print(modelwright.__file__)"
    assert str(python.parent.parent) in _output(python, "-c", code, cwd=tmp_path)


def test_the_wheel_lays_out_what_the_checkout_lays_out(python: Path, tmp_path: Path):
    quick = ["--defaults", "--no-install", "--no-git", "--quiet"]
    for interpreter, whose in ((python, "wheel"), (sys.executable, "checkout")):
        _output(
            interpreter,
            "-m",
            "modelwright",
            "new",
            tmp_path / whose / "churn",
            *quick,
            cwd=tmp_path,
        )
    assert tree(tmp_path / "wheel") == tree(tmp_path / "checkout")


def _output(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
