"""Reading what strangers send: bounded, strict, and never repeated back to them."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from ..artifact import Manifest
from ..signature import FLOAT32_MAX, Category, Number, Row, check, printable
from .refusal import MAX_ERRORS, FieldError, Refused, refused

MAX_BYTES = 1_048_576
MAX_ROWS = 1_000
# A row is explained by some hundred predictions.
MAX_EXPLAINED = 10
BODY_SECONDS = 10
DECLARED = (b"content-type", b"application/json")

# Whom a request is about: never kept, only used to choose the model that answers it.
MAX_ENTITY = 256
ENTITY = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ENTITY,
    "description": "Whom the rows are about, so that one model answers all of it; never kept",
}

SHAPE = 'send {"%s": [{...}, ...]}; GET /openapi.json describes them'
TOO_MANY = "send several requests, or use the `score` command for files"


async def read(request: Request, seconds: float = BODY_SECONDS) -> bytes:
    """Return the body, stopping at the first byte too many and at the first second too late."""
    if not any(map(declared, request.scope["headers"])):
        raise Refused(415, "the body must be JSON", "set Content-Type: application/json")
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "the body ended early")
                body += message.get("body", b"")
                if len(body) > MAX_BYTES:
                    raise Refused(413, f"the body has more than {MAX_BYTES} bytes", TOO_MANY)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refused(408, f"the body took more than {seconds:g} seconds") from None
    return bytes(body)


def declared(header: tuple[bytes, bytes]) -> bool:
    """Whether this is the header that says that the body is JSON."""
    name, value = header
    return (name, value.partition(b";")[0].strip().lower()) == DECLARED


@dataclass(frozen=True, slots=True)
class Asked:
    """Items of any content, and whom they are about, where the caller says so."""

    items: list[Any]
    entity: str | None


def parse(body: bytes, key: str = "rows", most: int = MAX_ROWS) -> Asked:
    """Return what a JSON body holds under *key*; an object with a repeated key is refused."""
    shape = SHAPE % key
    try:
        # Integers of any length become floats, so that a huge one is infinite and named as such.
        document = json.loads(body.decode(), parse_int=float, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not valid JSON", shape) from None
    also = {"entity"} if key == "rows" else set()
    if not isinstance(document, dict) or document.keys() - also != {key}:
        raise Refused(422, f"the body must be an object with the one key `{key}`", shape)
    items, entity = document[key], document.get("entity")
    if not isinstance(items, list) or not items:
        raise Refused(422, f"`{key}` must be a list of at least one {key[:-1]}", shape)
    if len(items) > most:
        raise Refused(422, f"`{key}` has more than {most} {key}", TOO_MANY)
    if "entity" in document and not (isinstance(entity, str) and 0 < len(entity) <= MAX_ENTITY):
        raise Refused(422, f"`entity` must be a text of 1 to {MAX_ENTITY} characters", shape)
    return Asked(items, entity)


def accept(rows: list[Any], features: tuple[Number | Category, ...]) -> list[Row]:
    """Return the rows once all of them are acceptable; one that is not refuses the request."""
    errors = []
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            errors.append(FieldError(row=index, field=None, problem="must be an object"))
            continue
        for field, fault in check(features, row):
            errors.append(FieldError(row=index, field=field, problem=fault))
        if len(errors) >= MAX_ERRORS:
            break
    if errors:
        raise refused("row", errors, "nothing was predicted")
    return rows


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        error = FieldError(row=None, field=printable(repeated), problem="appears twice")
        raise Refused(422, f"{error.field} appears twice in one object", errors=[error])
    return document


def schema(manifest: Manifest, most: int = MAX_ROWS) -> dict[str, Any]:
    """Return the JSON Schema of a request body, with the model's own ranges, levels and example."""
    row = properties(manifest.inputs)
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": most}
    return {
        "type": "object",
        "properties": {"rows": rows, "entity": ENTITY},
        "required": ["rows"],
        "additionalProperties": False,
        "example": {"rows": [manifest.example]},
    }


def schema_of_few(manifest: Manifest) -> dict[str, Any]:
    """Return the JSON Schema of a body whose rows are to be explained."""
    return schema(manifest, MAX_EXPLAINED)


def properties(features: Sequence[Number | Category]) -> dict[str, Any]:
    """Return the JSON Schema of an object that holds *features* and nothing else."""
    return {
        "type": "object",
        "properties": {feature.name: _property(feature) for feature in features},
        "required": [feature.name for feature in features if feature.required],
        "additionalProperties": False,
    }


def _property(feature: Number | Category) -> dict[str, Any]:
    if feature.kind == "category":
        return {"enum": [*feature.levels] if feature.required else [*feature.levels, "", None]}
    return {
        "type": "number" if feature.required else ["number", "null"],
        "minimum": -FLOAT32_MAX if feature.low is None else feature.low,
        "maximum": FLOAT32_MAX if feature.high is None else feature.high,
    }
