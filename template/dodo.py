"""Run the stages of dvc.yaml with doit, which is one small package; `dvc repro` does the same."""

import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from doit.tools import config_changed

from acme_project.forks import run

PACKAGE = "acme_project"


def stages(file: str) -> dict[str, dict[str, Any]]:
    """The stages that *file* declares, by name."""
    return yaml.safe_load(Path(file).read_text("utf-8"))["stages"]


def action(words: list[str]) -> tuple[Any, ...] | list[str]:
    """A stage's command: a fork where it is one of this project's own, else what it says."""
    if words[:2] == ["python", "-m"] and words[2] == PACKAGE:
        return (run, [words[3:]])
    return [sys.executable if words[0] == "python" else words[0], *words[1:]]


DOIT_CONFIG = {
    "backend": "json",
    "dep_file": ".doit.json",
    # Studies take minutes, so they run only when they are asked for.
    "default_tasks": list(stages("dvc.yaml")),
}


def task_stages() -> Iterator[dict[str, Any]]:
    """One task for each stage and study; it runs again when the content of an input changes."""
    contract = tomllib.loads(Path("contract.toml").read_text("utf-8"))
    source = contract["data"]["source"]
    for name, stage in (stages("dvc.yaml") | stages("studies/dvc.yaml")).items():
        sections = stage["params"][0]["contract.toml"]
        yield {
            "basename": name,
            "actions": [action(shlex.split(stage["cmd"]))],
            "file_dep": [source if path == "${data.source}" else path for path in stage["deps"]],
            "targets": stage["outs"],
            "uptodate": [config_changed(str({key: contract.get(key) for key in sections}))],
        }
