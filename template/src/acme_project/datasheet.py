"""The datasheet: facts that the stage `data` keeps current, around words that only people have.

The questions are those of Gebru et al., "Datasheets for datasets", CACM 64 (2021), in short.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import files

SHEET = "docs/datasheet.md"
BEGIN, END = "<!-- facts, which every run keeps current -->", "<!-- end of facts -->"
QUESTIONS = {
    "Why it was collected": "By whom, for what, and who paid for it.",
    "Who is in it": "Who could get in, who is left out, and over which time.",
    "What the label means": "What happened to whom, who noted it down, and what it stands for.",
    "What to know before believing a figure": "Errors, gaps, changes, and who may be wronged.",
    "Personal data": "What says who somebody is, who agreed to this use, and when it is deleted.",
    "Licence": "Who may use it, and for what.",
}


def keep(root: Path, facts: dict[str, Any]) -> None:
    """Bring the facts up to date; the sample's words go when the sample goes."""
    sheet = root / SHEET
    text = sheet.read_text("utf-8") if sheet.exists() else ""
    if not text or ("| sample |" in text and facts["kind"] != "sample"):
        text = blank(facts)
    found = re.search(f"{re.escape(BEGIN)}.*?{re.escape(END)}", text, re.DOTALL)
    if found:
        made = text.replace(found[0], block(facts))
    else:
        title, _, rest = text.partition("\n")
        made = f"{title}\n\n{block(facts)}\n{rest}"
    if made != text or not sheet.exists():
        files.write(sheet, made.encode())


def blank(facts: dict[str, Any]) -> str:
    """A datasheet that asks everything and says nothing yet."""
    asked = (f"\n## {title}\n\n<!-- {hint} -->\n" for title, hint in QUESTIONS.items())
    return f"# Datasheet of {facts['name']}\n\n{BEGIN}\n{END}\n{''.join(asked)}"


def block(facts: dict[str, Any]) -> str:
    """The facts as a table in Markdown."""
    rows = {
        "kind": facts["kind"],
        "source": f"`{facts['source']}`, SHA-256 `{facts['sha256'][:12]}`",
        "rows": f"{facts['rows']:,} to develop on, {facts['rows_held_back']:,} kept back",
        "groups": f"{facts['groups']:,}",
        "positive": f"{facts['positive_share']:.1%}",
        "columns": ", ".join(f"`{name}`" for name in facts["columns"]),
    }
    lines = [f"| {name} | {fact} |" for name, fact in rows.items()]
    return "\n".join([BEGIN, "| fact | |", "|---|---|", *lines, END])


def faults(root: Path, facts: dict[str, Any]) -> Iterator[str]:
    """What is missing from the datasheet, or speaks of other data than *facts* do."""
    sheet = root / SHEET
    if not sheet.exists():
        yield f"{SHEET} is missing"
        return
    text = sheet.read_text("utf-8")
    if not text.startswith(f"# Datasheet of {facts['name']}\n"):
        yield f"the title of {SHEET} does not say that it speaks of {facts['name']}"
    if block(facts) not in text:
        yield f"the facts in {SHEET} are of another table"
    words = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    for title in QUESTIONS:
        if not re.search(rf"^## {title}\n+[^#\s]", words, re.MULTILINE):
            yield f"{SHEET} says nothing under `{title}`"
