"""The plan as a Mermaid chart, which GitHub and GitLab render.

It holds dates alone and no states, so it changes with the plan and not with the day; today's
line is drawn by whoever renders it.
"""

from .plan import Milestone, Plan

PAGE = "docs/plan.md"
HEAD = """# The plan

Made from [milestones.toml](../milestones.toml) by `{command} milestones gantt --write`;
[milestones.md](milestones.md) says how to read and change it.

```mermaid
---
config:
  gantt:
    leftPadding: 120
---
gantt
    dateFormat YYYY-MM-DD
    axisFormat %d %b
    inclusiveEndDates
"""
# What ends a name in Mermaid's gantt, or begins something else.
RESERVED = str.maketrans(dict.fromkeys(":;#,%", " ") | {"\n": " "})


def page(plan: Plan, command: str) -> str:
    """The page that holds the chart; *command* is what writes it."""
    return HEAD.format(command=command) + "\n".join(chart(plan)) + "\n```\n"


def chart(plan: Plan) -> list[str]:
    """A section for each owner, in the order in which they first appear."""
    owners = dict.fromkeys(each.owner for each in plan.milestones)
    lines = []
    for owner in owners:
        lines.append(f"    section {plain(owner.replace('_', ' '))}")
        lines += [f"    {bar(each, plan)}" for each in plan.milestones if each.owner == owner]
    return lines


def bar(each: Milestone, plan: Plan) -> str:
    """From the end of what it depends on, or the project's beginning, to its due date."""
    begins = f"after {' '.join(each.depends_on)}" if each.depends_on else str(plan.created)
    return f"{plain(each.title)} :{each.id}, {begins}, {each.due}"


def plain(text: str) -> str:
    return " ".join(text.translate(RESERVED).split())
