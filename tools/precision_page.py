"""The page that says how often each rule of the audit is right."""

import sys
from pathlib import Path

from modelwright.checks import RULES, Rule
from modelwright.checks.precision import ENOUGH, ENOUGH_REAL, FLOOR, Measured, Tally, read

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "bench"))

from labels import projects, seeds  # noqa: E402 - it lies beside the measurement

AUDIT = ROOT / "bench/audit"
INTRODUCTION = f"""\
A rule runs by default when readers judged at least {ENOUGH} of its findings and {FLOOR:.0%} of
them were right; where {ENOUGH_REAL} or more of them stand in real projects, {FLOOR:.0%} of those
too. Any other rule is off unless `--select` names it, its practice or `all`, or a
[policy](policy.md) requires it.
"""
METHOD = """\
## What was measured

Readers, who knew the rules' pages and neither their code nor their tests, went through
{projects} source distributions and labelled {read} places: breaches, and places that only
look like one. From the same pages they wrote {seeds} small seeded cases, {breaches} of them
breaches. Only then the rules ran. Findings that no label spoke of were judged afterwards by
the same readers ({judged} labels), and count for the precision but not for the recall.

The rules were older than the labels. After a first measurement they were mended where it
showed them to be wrong or blind, and most cases and labels were known to those who mended.
So today's figures are better than those that new cases would give. What the rules were worth
before stands above as *blind*, over the first of these cases; the truth lies between the
two. More seeded cases were written, as blindly, when most of the mending was done
([ADR 19](adr/0019-rules-that-were-measured.md) has their figures).

A label and a finding are the same place when they are at most three lines apart, or when one
of them speaks of the whole file or repository. A place counts once. *Unjudged* findings, of
rules that report hundreds of one kind in a project, count for nothing.

    python bench/precision.py               # measure again, and write the figures
    python bench/precision.py --mistakes    # what was wrong, and what was missed
    python bench/precision.py --unjudged    # findings that no label speaks of

The archives come from the index that uv is set up for, have to have the labels' hashes, and
are read, never run.
"""
HEAD = "| rule | | right of judged | precision | 95 % | blind | seeded found | real found |"
LINE = "| --- | --- | --- | --- | --- | --- | --- | --- |"


def precision_page() -> str:
    """Every rule's figures, and where they come from."""
    blind = read((AUDIT / "blind.toml").read_text("utf-8"))
    on = sum(not rule.doubt for rule in RULES)
    rows = [_row(rule, blind.get(rule.id, Measured())) for rule in RULES]
    parts = [
        "# How often the audit is right",
        INTRODUCTION,
        f"{on} of {len(RULES)} rules are on.",
        "\n".join([HEAD, LINE, *rows]),
        _method(),
        _corpus(),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def sureness(rule: Rule) -> str:
    """What a rule's own page says of it."""
    off = f"It is off unless `--select` or a policy names it: {rule.doubt}." if rule.doubt else ""
    said = [rule.measured.told, off, "[How this was measured](../audit-precision.md)."]
    return " ".join(filter(None, said))


def _row(rule: Rule, blind: Measured) -> str:
    both = rule.measured.both
    low, high = both.interval
    cells = (
        f"[{rule.id}](rules/{rule.id}.md)",
        "off" if rule.doubt else "on",
        f"{both.right} of {both.findings}",
        _share(both),
        f"{low:.2f} to {high:.2f}" if both.findings else "-",
        _share(blind.both),
        rule.measured.seeded.recalled,
        rule.measured.real.recalled,
    )
    return f"| {' | '.join(cells)} |"


def _share(tally: Tally) -> str:
    return "-" if tally.precision is None else f"{tally.precision:.2f}"


def _method() -> str:
    labels = [each for project in projects(AUDIT / "labels") for each in project.labels]
    cases = [*seeds(AUDIT / "seeds")]
    return METHOD.format(
        projects=len([*projects(AUDIT / "labels")]),
        read=sum(each.seen == "reading" for each in labels),
        judged=sum(each.seen == "finding" for each in labels),
        seeds=len(cases),
        breaches=sum(each.breach for each in cases),
    )


def _corpus() -> str:
    rows = [
        f"| {each.archive.project} | {each.archive.version} | {each.kind} | {len(each.labels)} |"
        for each in projects(AUDIT / "labels")
    ]
    head = ["| project | version | what it is | labels |", "| --- | --- | --- | --- |"]
    return "\n".join(["## The projects\n", *head, *rows])
