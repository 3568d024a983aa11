"""Contract tests: the model in use takes what each consumer sends, and says what it reads.

A consumer keeps `consumers/<name>.json`: `sends` maps each field to "number" or to the list of
texts that may stand there, `reads` lists the fields of the answer that it relies on.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = "consumers"
KEYS = {"consumer", "sends", "reads"}
# What the service and a scored file both answer.
ANSWER = ("probability", "decision", "model")


def path(consumer: str) -> str:
    """Where the contract of a consumer lies, relative to the project's root."""
    words = "".join(each if each.isalnum() else " " for each in consumer.lower()).split()
    return f"{FOLDER}/{'-'.join(words)}.json"


def manifest(root: Path) -> dict[str, Any] | None:
    """What the model in use says of itself; None where there is none that can be read."""
    try:
        version = (root / "models/CURRENT").read_text("utf-8").strip()
        found = json.loads((root / "models" / Path(version).name / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "features" in found else None


def broken(file: Path, model: dict[str, Any]) -> list[str]:
    """How the model breaks the contract in *file*; a contract that cannot be read is broken."""
    try:
        contract = json.loads(file.read_bytes())
        sends, reads = dict(contract["sends"]), list(contract["reads"])
        if strangers := set(contract) - KEYS:
            return [f"nobody understands `{min(strangers)}` in {file.name}"]
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{file.name} holds no `sends` and `reads`"]
    return [*unsent(sends, model), *untold(reads)]


def unsent(sends: dict[str, Any], model: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the fields that a consumer sends."""
    taken = {each["name"]: each for each in model["features"]}
    for name, feature in taken.items():
        if feature["required"] and name not in sends:
            yield f"the model requires `{name}`, which is not sent"
    groups = {each["name"]: each for each in (model.get("groups") or {}).get("columns", ())}
    for name, kind in sends.items():
        feature = taken.get(name) or groups.get(name)
        if feature is None:
            yield f"the model does not know `{name}`"
        elif (kind == "number") != (feature["kind"] == "number"):
            yield f"`{name}` is a {feature['kind']} for the model"
        elif kind != "number" and (odd := sorted(set(kind) - set(feature["levels"]))):
            yield f"the model does not know `{name}` = {odd[0]!r}"


def untold(reads: list[str]) -> Iterator[str]:
    """The fields that a consumer reads and no answer holds."""
    yield from (f"no answer holds `{name}`" for name in reads if name not in ANSWER)


def every_broken(root: Path) -> list[str]:
    """What the model in use breaks, over all consumers that wrote a contract down."""
    model = manifest(root)
    files = sorted((root / FOLDER).glob("*.json")) if model else []
    return [f"{file.stem}: {fault}" for file in files if model for fault in broken(file, model)]
