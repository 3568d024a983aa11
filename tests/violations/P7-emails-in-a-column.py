"""E-mail addresses in a column

A column of contacts is added to what tells rows apart, and holds people's e-mail addresses.

Breaks: P7
Fails: D5
"""

from pathlib import Path

from violation import edit, rewrite


def violate(project: Path) -> None:
    rewrite(project, lambda row: row | {"contact": f"p{row['person']}.{row['year']}@example.com"})
    edit(
        project / "contract.toml", 'key = ["person", "year"]', 'key = ["person", "year", "contact"]'
    )
