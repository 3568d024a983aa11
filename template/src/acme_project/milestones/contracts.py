"""Contract tests: models take what each consumer sends, and say what it reads.

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


def manifests(root: Path) -> list[dict[str, Any]]:
    """What the model in use and the last one packaged say of themselves, if they can be read."""
    found = {}
    for pointer in ("CURRENT", "LATEST"):
        try:
            version = Path((root / "models" / pointer).read_text("utf-8").strip()).name
            model = json.loads((root / "models" / version / "manifest.json").read_bytes())
            found[version] = model | {"features": list(model["features"])}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return list(found.values())


def broken(file: Path, models: list[dict[str, Any]]) -> list[str]:
    """How *models* break the contract in *file*; a contract that cannot be read is broken."""
    try:
        contract = json.loads(file.read_bytes())
        sends, reads = dict(contract["sends"]), list(contract["reads"])
        if strangers := set(contract) - KEYS:
            return [f"nobody understands `{min(strangers)}` in {file.name}"]
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{file.name} holds no `sends` and `reads`"]
    try:
        faults = [fault for model in models for fault in unsent(sends, model)]
    except (KeyError, TypeError, AttributeError):
        return ["the model's manifest cannot be understood"]
    return list(dict.fromkeys([*faults, *untold(reads)]))


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
    """What these models break, over all consumers that wrote a contract down."""
    models = manifests(root)
    files = sorted((root / FOLDER).glob("*.json")) if models else []
    return [f"{file.stem}: {fault}" for file in files for fault in broken(file, models)]
