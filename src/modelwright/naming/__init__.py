"""The Jinja extension of the built-in template: sample names in, answers out.

The template is a project that runs. Three things in it stand for answers:

- the sample names `acme_project`, `acme-project` and `Acme Project`;
- a sample value with its answer at the right: `unit = "USD"  #= unit`;
- in Markdown, a sample line with its answer: `A sentence. <!--= description -->`.

Each becomes a Jinja *variable*, so an answer is data and is never parsed as a
template; free text goes through the emitter of the file's format. Templates that
teams have ejected import this module too, so what it does is frozen: add, don't change.
It imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from jinja2 import Environment
from jinja2.ext import Extension

from . import complaints, derived, spelling

_VALUE = re.compile(r"^(?P<key>[^#\n]*?(?:=|:|(?<=\s)-|^-) ).*?\s+#= (?P<answer>.+)$", re.M)
_OWNER_LINE = re.compile(r"^(?P<key>\S+ +).*?\s+#= (?P<answer>.+)$", re.M)
_MARKDOWN_LINE = re.compile(r"^(?P<key>[-*] |#+ |)[^\n]*<!--= (?P<answer>.+?) -->$", re.M)
_MARKDOWN_CONDITION = re.compile(r"^[ \t]*<!-- (copier:.*?) -->$", re.M)


class SampleNames(Extension):
    """Turn the living template's samples into answers while Jinja reads a file."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(_FILTERS)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return *source* with every sample replaced by the variable of its answer."""
        path = PurePosixPath(name or "")
        if path.name == "CODEOWNERS":
            source = _OWNER_LINE.sub(r"\g<key>{= \g<answer> =}", source)
        elif path.suffix in {".toml", ".yml", ".yaml"}:
            emitter = "toml" if path.suffix == ".toml" else "yaml"
            source = _VALUE.sub(rf"\g<key>{{= \g<answer> | {emitter} =}}", source)
            source = source.replace('"Acme Project"', f"{{= title | {emitter} =}}")
        elif path.suffix == ".json":
            source = source.replace('"Acme Project"', "{= title | json =}")
        elif path.suffix == ".md":
            source = _MARKDOWN_LINE.sub(r"\g<key>{= \g<answer> | markdown =}", source)
            source = _MARKDOWN_CONDITION.sub(r"# \1", source)
            source = source.replace("Acme Project", "{= title | markdown =}")
        elif path.name.startswith("LICENSE"):
            source = source.replace("Acme Project", "{= title =}")
        return source.replace("acme_project", "{= package =}").replace(
            "acme-project", "{= command =}"
        )


_FILTERS: dict[str, Callable[..., object]] = {
    "json": spelling.to_json,
    "toml": spelling.to_toml,
    "yaml": spelling.to_yaml,
    "markdown": spelling.to_markdown,
    "items": derived.items,
    "owner_of": derived.owner_of,
    "title_from_name": derived.title_from_name,
    "package_from_title": derived.package_from_title,
    "working_day_from_today": derived.working_day_from_today,
    "day_from_today": derived.day_from_today,
    "day": derived.day,
    "working_day": derived.working_day,
    "complain_of_text": complaints.complain_of_text,
    "complain_of_title": complaints.complain_of_title,
    "complain_of_package": complaints.complain_of_package,
    "complain_of_command": complaints.complain_of_command,
    "complain_of_unit": complaints.complain_of_unit,
    "complain_of_owners": complaints.complain_of_owners,
    "complain_of_list": complaints.complain_of_list,
    "complain_of_date": complaints.complain_of_date,
    "complain_of_day": complaints.complain_of_day,
    "complain_of_launch": complaints.complain_of_launch,
    "complain_of_country": complaints.complain_of_country,
    "complain_of_parts": complaints.complain_of_parts,
}
