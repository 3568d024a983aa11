"""The Dockerfile's steps, done in an empty folder: no container engine is at hand."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project, ask, serving

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-this-test"  # noqa: S105


class Image:
    """A folder that stands for `/app`, in which each instruction leaves what Docker would.

    What the Dockerfile names as a stage is built apart from the others.
    """

    def __init__(self, context: Path, folder: Path) -> None:
        self.context = context
        self.app = folder / "app"
        self.stages: dict[str, Path] = {}
        self.stage = ""
        self.environment = {"PATH": f"{folder / 'base/bin'}:/usr/bin:/bin", "HOME": str(folder)}
        for name in (
            "UV_CACHE_DIR",
            "PIP_CERT",
            "SSL_CERT_FILE",
            "PIP_INDEX_URL",
            "UV_DEFAULT_INDEX",
        ):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.base = self.environment
        self.command: list[str] = []
        self.healthcheck: list[str] = []
        uv = Path(sys.executable).parent / "uv"
        venv = [uv, "venv", "--quiet", "--seed", "--python", sys.executable, folder / "base"]
        subprocess.run(venv, check=True)

    def follow(self, dockerfile: str) -> None:
        """Do every instruction, in order; one that is not known here is an error."""
        text = re.sub(r"\\\n\s*", "", dockerfile)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                word, _, rest = line.partition(" ")
                getattr(self, f"_{word.lower()}")(rest.strip())

    def _from(self, rest: str) -> None:
        if self.app.exists():
            self.stages[self.stage] = self.app.rename(self.app.with_name(self.stage))
        self.app.mkdir()
        self.stage = rest.rpartition(" AS ")[2]
        self.environment = dict(self.base)

    def _workdir(self, path: str) -> None:
        assert path == "/app"

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, value = pair.split("=", 1)
            value = value.replace("$PATH", self.environment["PATH"])
            self.environment[name] = value.replace("/app/", f"{self.app}/")

    def _run(self, rest: str) -> None:
        done = subprocess.run(
            ["sh", "-c", rest],
            cwd=self.app,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _copy(self, rest: str) -> None:
        *sources, target = [word for word in rest.split() if not word.startswith("--from")]
        for source in sources:
            stage = re.search(r"--from=(\w+)", rest)
            found = (
                self.stages[stage[1]] / source.removeprefix("/app/")
                if stage
                else self.context / source
            )
            place = self.app / target
            if found.is_dir():
                shutil.copytree(
                    found, place, symlinks=True, ignore=self._ignored, dirs_exist_ok=True
                )
            else:
                shutil.copy2(found, place / found.name if target.endswith("/") else place)

    def _ignored(self, folder: str, names: list[str]) -> list[str]:
        """Read .dockerignore as far as it is used: what it lists inside what it lets through."""
        if not Path(folder).is_relative_to(self.context):
            return []
        lines = (self.context / ".dockerignore").read_text().splitlines()
        patterns = [line for line in lines if line and line[0] not in "#!*"]
        kept = [line[1:] for line in lines if line.startswith("!")]
        below = Path(folder).relative_to(self.context)
        return [
            name
            for name in names
            if any(fnmatch.fnmatch(str(below / name), pattern) for pattern in patterns)
            or not any(_within(str(below / name), each) for each in kept)
        ]

    def _user(self, user: str) -> None:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number that is not root's"

    def _expose(self, port: str) -> None:
        assert port == "8000"

    def _healthcheck(self, rest: str) -> None:
        self.healthcheck = json.loads(rest.partition("CMD ")[2])

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)


def _within(path: str, kept: str) -> bool:
    """Whether an exception lets *path* through: it, what is in it, and the way to it."""
    return f"{path}/".startswith(f"{kept}/") or f"{kept}/".startswith(f"{path}/")


@pytest.fixture(scope="module")
def image(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = Image(project.folder, tmp_path_factory.mktemp("image"))
    image.follow((project.folder / "Dockerfile").read_text())
    return image


def test_the_image_answers(image: Image, project: Project):
    """On loopback: nothing outside this machine is to reach a test."""
    command = [{"0.0.0.0": "127.0.0.1", "8000": "0"}.get(word, word) for word in image.command]  # noqa: S104
    environment = {**image.environment, "SERVE_TOKEN": TOKEN}
    with serving(
        [shutil.which(command[0], path=environment["PATH"]) or "", *command[1:]],
        image.app,
        environment,
    ) as address:
        answer = ask(address, project.sample(1)[0], TOKEN)
        check = [word.replace("http://127.0.0.1:8000", address) for word in image.healthcheck]
        healthy = subprocess.run(check, env=environment, check=False)

    assert 0 <= answer["probability"] <= 1
    assert healthy.returncode == 0


def test_the_image_does_not_start_without_a_token(image: Image):
    refused = subprocess.run(
        image.command,
        cwd=image.app,
        env=image.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode == 2
    assert "SERVE_TOKEN" in refused.stderr


def test_the_image_holds_what_serving_needs_and_no_more(image: Image):
    assert sorted(path.name for path in image.app.iterdir()) == [".venv", "data", "models"]
    assert not list(image.app.rglob("*.skops"))
    installed = {path.name for path in image.app.glob(".venv/lib/python*/site-packages/*")}
    assert "onnxruntime" in installed
    assert not {"sklearn", "pandas", "pytest", "skl2onnx"} & installed


def test_the_image_of_jobs_looks_at_traffic_and_holds_no_table_and_no_secret(image: Image):
    jobs = image.stages["jobs"]

    assert not (jobs / "reports").exists()
    assert sorted(path.name for path in (jobs / "data").iterdir()) == ["outcomes", "sample"]
    environment = image.base | {"PYTHONPATH": str(jobs / "src")}
    looked = subprocess.run(
        [jobs / ".venv/bin/python", "-m", "churn", "monitor"],
        cwd=jobs,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (looked.returncode, looked.stdout.partition(":")[0]) == (0, "too few rows to judge")
