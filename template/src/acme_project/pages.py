"""Pages for people, from templates: everything that comes from outside is escaped."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from .contract import Contract

FORMATS = {
    # "1,234.50" reads as money does; a sign is shown where a difference is meant.
    "amount": lambda number: f"{number:,.2f}",
    "signed": lambda number: f"{number:+,.2f}",
    "percent": lambda share: f"{share:.0%}",
}


def environment(*, markdown: bool) -> Environment:
    """Templates with statements in `<% %>`."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        block_start_string="<%",
        block_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(["html"]),
        finalize=escaped if markdown else None,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    made.filters |= FORMATS
    return made


def escaped(value: Any) -> Any:
    """Text that Markdown shows as it is; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    one_line = " ".join(value.split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&]|^[-+=])", r"\\\1", one_line)


def model_card(contract: Contract, manifest: dict[str, Any]) -> str:
    """What a model is for, what it is worth and where it must not be trusted; Markdown."""
    template = environment(markdown=True).get_template("model-card.md")
    return template.render(contract=contract, model=manifest)


def readiness_page(**facts: Any) -> str:
    """The readiness page, one file that needs no other; its plots come as matplotlib drew them."""
    return environment(markdown=False).get_template("index.html").render(facts)
