"""The pages about the rules of the audit, made from the rules' own texts and their tests' trees."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from precision_page import precision_page, sureness

from modelwright.checks import RULES, Rule

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

from audit_trees import CASES  # noqa: E402 - it lies beside the tests that it makes

# Scanners would take these examples for the real thing.
UNSHOWN = {"MW-P7-1", "MW-P7-2"}
INTRODUCTION = """\
What [`modelwright audit`](../audit.md) looks at. An error is wrong wherever it is found, a
warning is what a reviewer would ask about, and a note is what a repository lacks. Each
rule has a small repository that breaks it and one that keeps it, which its test runs; how
often it is right elsewhere [was measured](../audit-precision.md). Rules that are off run
where `--select` or a policy names them.
"""


def rule_pages() -> Iterator[tuple[Path, str]]:
    """Yield the page of each rule, and their list."""
    folder = ROOT / "docs/rules"
    yield ROOT / "docs/audit-precision.md", precision_page()
    yield folder / "index.md", index()
    yield from ((folder / f"{rule.id}.md", page(rule)) for rule in RULES)


def index() -> str:
    """The list of all rules."""
    rows = [
        f"| [{rule.id}]({rule.id}.md) | {rule.severity}{', off' if rule.doubt else ''} "
        f"| {rule.title} | {rule.why} |"
        for rule in RULES
    ]
    table = "\n".join(["| | severity | what holds | why |", "| --- | --- | --- | --- |", *rows])
    return f"# The rules of the audit\n\n{INTRODUCTION}\n{table}\n"


def page(rule: Rule) -> str:
    """The page of one rule."""
    practice = f"[{rule.practice}](../practices/{rule.practice}.md)"
    parts = [
        f"# {rule.id}: {rule.title}",
        f"{rule.severity.capitalize()}; practice {practice}.",
        _wrapped(rule.why),
        f"## What the audit does\n\n{_wrapped(rule.looks)}",
        f"## How to mend it\n\n{_wrapped(rule.fix)}",
        f"## How sure it is\n\n{_wrapped(sureness(rule))}",
    ]
    if rule.id not in UNSHOWN:
        case = CASES[rule.id]
        place = f"named as `{case.place}`" if case.place else "named for the whole repository"
        parts += [f"## Broken\n\nIt is {place}.\n\n{_tree(case.broken)}"]
        parts += [f"## Kept\n\n{_tree(case.kept)}"]
    return "\n\n".join(parts) + "\n"


def _tree(files: dict[str, str]) -> str:
    """The files of a small repository; an empty one is only named."""
    blocks = []
    for name, text in files.items():
        code = textwrap.indent(text.rstrip("\n"), "    ", lambda line: bool(line.strip()))
        blocks.append(f"`{name}`:\n\n{code}" if text.strip() else f"`{name}`, which is empty")
    return "\n\n".join(blocks)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 88, break_on_hyphens=False, break_long_words=False)
