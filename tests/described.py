"""What GitHub publishes of its API: requests and answers of the tests have to keep to it."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_schema_validator import OAS30Validator

FILE = Path(__file__).parent / "forge/github.json"


@functools.cache
def description() -> dict[str, Any]:
    return json.loads(FILE.read_text("utf-8"))


def example(name: str) -> dict[str, Any]:
    """Return an answer as GitHub shows one."""
    value = copy.deepcopy(description()["components"]["examples"][name]["value"])
    return value[0] if isinstance(value, list) else value


def faults_of_request(method: str, target: str, content: Any) -> Iterator[str]:
    """Yield what GitHub would not understand; a name that it does not know is a fault, too."""
    found = _operation(method, target)
    if found is None:
        yield f"{method} {target}: there is no such operation"
        return
    operation, given = found
    known = {each["name"]: each for each in map(_resolved, operation.get("parameters", []))}
    for name, value in given.items():
        if name not in known:
            yield f"{method} {target}: no parameter `{name}`"
            continue
        schema = known[name]["schema"]
        yield from _faults(int(value) if schema["type"] == "integer" else value, schema)
    wanted = operation.get("requestBody")
    if wanted is None:
        if content is not None:
            yield f"{method} {target}: it takes no content"
        return
    schema = wanted["content"]["application/json"]["schema"]
    yield from _faults(content, schema)
    yield from (f"no property `{each}`" for each in content.keys() - schema["properties"].keys())


def faults_of_answer(method: str, target: str, code: int, content: Any) -> Iterator[str]:
    """Yield what GitHub would never answer."""
    found = _operation(method, target)
    answer = found and found[0]["responses"].get(str(code))
    if answer:
        yield from _faults(content, _resolved(answer)["content"]["application/json"]["schema"])


def _operation(method: str, target: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Return the operation, and the parameters that the request gives it."""
    at = urlsplit(target)
    for pattern, operations in description()["paths"].items():
        match = re.fullmatch(re.sub(r"\\?\{(\w+)\\?\}", r"(?P<\1>[^/]+)", pattern), at.path)
        if match and method.lower() in operations:
            in_path = {name: unquote(value) for name, value in match.groupdict().items()}
            query = dict(parse_qsl(at.query, strict_parsing=bool(at.query)))
            return operations[method.lower()], in_path | query
    return None


def _resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return description()["components"][kind][name]


def _faults(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    whole = {"allOf": [schema], "components": description()["components"]}
    for error in OAS30Validator(whole).iter_errors(value):
        yield f"{error.json_path}: {error.message}"
