"""Emitters: a value in, its spelling in a file's format out."""

from __future__ import annotations

import datetime as dt
import json
import re

_MARKDOWN = re.compile(r"([\\`*_\[\]<>&|#~!$])")
_MARKDOWN_BLOCK = re.compile(r"^(\d+)?([-+=.)])")


def to_json(value: object) -> str:
    """Spell *value* in JSON."""
    return json.dumps(value, ensure_ascii=False)


def to_toml(value: object) -> str:
    """Spell *value* (text, number, flag, date or a list of them) in TOML.

    JSON's spelling is TOML's too, but for DEL, which validated answers don't hold.
    """
    return value.isoformat() if isinstance(value, dt.date) else to_json(value)


def to_yaml(value: object) -> str:
    """Spell *value* in YAML, whose flow style contains JSON; text is always quoted."""
    return to_toml(value)


def to_markdown(value: object) -> str:
    """Spell *value* in Markdown, so that it reads as the text it is."""
    text = _MARKDOWN.sub(r"\\\1", str(value))
    return _MARKDOWN_BLOCK.sub(r"\1\\\2", text)
