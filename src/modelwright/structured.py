"""Files of keys and lists, merged by key and item where their lines are in each other's way."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, MutableMapping, MutableSequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import tomlkit
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from tomlkit.exceptions import TOMLKitError

_MISSING = object()
_NAME = re.compile(r"[\w.-]+")
_COMMENT = re.compile(r"(?:^|\s)#.*")


class _Conflict(Exception):  # noqa: N818 - never leaves this module
    """Both sides changed one value in two ways."""


@dataclass(frozen=True)
class _Format:
    """How a kind of file is read so that it can be written again to the same bytes."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


def merge(name: str, base: str, ours: str, theirs: str) -> str | None:
    """Return *ours* with what changed from *base* to *theirs*, keeping comments and layout.

    None where that is no answer: the file's kind is another, both sides changed one value, the
    layout could not be kept, or a comment of the template's would be lost.
    """
    form = _form(name, ours)
    if form is None:
        return None
    try:
        old, mine, new = (form.read(text or form.write({})) for text in (base, ours, theirs))
        if not all(isinstance(each, MutableMapping) for each in (old, mine, new)):
            return None
        expected = _plain(mine)
        _bring(_plain(old), expected, _plain(new))
        _bring(old, mine, new)
        merged = form.write(mine)
        faithful = _plain(form.read(merged)) == expected
    except (_Conflict, TOMLKitError, YAMLError, ValueError, TypeError, RecursionError):
        return None
    told = _comments(theirs) - _comments(base)
    return merged if faithful and told <= _comments(merged) else None


def _bring(old: Any, mine: Any, new: Any) -> None:
    """Apply to the mapping *mine* what changed from *old* to *new*."""
    for key in [*old, *(key for key in new if key not in old)]:
        was, is_, comes = (each.get(key, _MISSING) for each in (old, mine, new))
        if comes in (was, is_):
            continue
        if was == is_:
            if comes is _MISSING:
                del mine[key]
            else:
                mine[key] = deepcopy(comes)
        elif all(isinstance(each, MutableMapping) for each in (is_, comes)):
            _bring(was if isinstance(was, MutableMapping) else {}, is_, comes)
        elif all(isinstance(each, MutableSequence) for each in (is_, comes)):
            _bring_items(was if isinstance(was, MutableSequence) else [], is_, comes)
        else:
            raise _Conflict


def _bring_items(old: Any, mine: Any, new: Any) -> None:
    """Apply to the list *mine* which items came and went from *old* to *new*."""
    gone = [item for item in old if item not in new]
    come = [item for item in new if item not in old]
    mine_gone = [item for item in old if item not in mine]
    mine_come = [item for item in mine if item not in old]
    if come and mine_come and any(item in mine_gone for item in gone):
        raise _Conflict
    if set(_names(come)) & set(_names(item for item in mine_come if item not in come)):
        raise _Conflict
    if [item for item in old if item in new] != [item for item in new if item in old]:
        raise _Conflict
    for item in gone:
        if item in mine:
            del mine[list(mine).index(item)]
    for item in come:
        if item not in mine:
            mine.append(deepcopy(item))


def _names(items: Iterable[Any]) -> list[str]:
    """Return what the items are about: a requirement's name, or a mapping's."""
    found = []
    for item in items:
        text = item
        if isinstance(item, MutableMapping):
            text = next((item[key] for key in ("id", "name", "repo") if key in item), None)
        if isinstance(text, str) and (name := _NAME.match(text)):
            found.append(text if isinstance(item, MutableMapping) else name[0].lower())
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, MutableMapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, MutableSequence):
        return [_plain(each) for each in value]
    return value.unwrap() if hasattr(value, "unwrap") else value


def _comments(text: str) -> set[str]:
    return {found.group().strip() for found in _COMMENT.finditer(text)}


def _form(name: str, sample: str) -> _Format | None:
    """Return the format that writes *sample* as it was read."""
    if name.endswith(".toml"):
        return _Format(tomlkit.parse, tomlkit.dumps)
    candidates: list[_Format] = []
    if name.endswith((".yaml", ".yml")):
        candidates = [_yaml(*layout) for layout in ((2, 4, 2), (2, 2, 0), (4, 4, 2), (4, 6, 4))]
    elif name.endswith(".json"):
        candidates = [_json(indent, end) for indent in (2, 4, "\t", None) for end in ("\n", "")]
    return next((form for form in candidates if _writes(form, sample)), None)


def _writes(form: _Format, sample: str) -> bool:
    try:
        return form.write(form.read(sample)) == sample
    except (YAMLError, ValueError, TypeError, RecursionError):
        return False


def _yaml(mapping: int, sequence: int, offset: int) -> _Format:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10**6
    yaml.indent(mapping=mapping, sequence=sequence, offset=offset)

    def write(value: Any) -> str:
        stream = io.StringIO()
        yaml.dump(value, stream)
        return stream.getvalue()

    return _Format(lambda text: yaml.load(text) if text.strip() != "{}" else {}, write)


def _json(indent: int | str | None, end: str) -> _Format:
    def write(value: Any) -> str:
        return json.dumps(value, indent=indent, ensure_ascii=False) + end

    return _Format(json.loads, write)
