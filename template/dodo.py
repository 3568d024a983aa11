"""Run the stages of dvc.yaml with doit, which is one small package; `dvc repro` does the same."""

import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from doit.tools import config_changed

DOIT_CONFIG = {"backend": "json", "dep_file": ".doit.json"}


def task_stages() -> Iterator[dict[str, Any]]:
    """One task for each stage; it runs again when the content of an input has changed."""
    contract = tomllib.loads(Path("contract.toml").read_text("utf-8"))
    source = contract["data"]["source"]
    for name, stage in yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))["stages"].items():
        sections = stage["params"][0]["contract.toml"]
        yield {
            "basename": name,
            "actions": [[sys.executable, *shlex.split(stage["cmd"])[1:]]],
            "file_dep": [source if path == "${data.source}" else path for path in stage["deps"]],
            "targets": stage["outs"],
            "uptodate": [config_changed({key: contract[key] for key in sections})],
        }
