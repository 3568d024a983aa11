"""Answers that follow from other answers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from .taken import LONGEST_NAME


def title_from_name(name: str) -> str:
    """Return a title for a folder's name: `churn_radar` gives `Churn Radar`."""
    words = re.split(r"[\s_-]+", name.strip())
    return " ".join(word[:1].upper() + word[1:] for word in words if word)


def package_from_title(title: str) -> str:
    """Return an import name for a title, empty where none can be spelled in ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_NAME].rstrip("_")


def working_day_from_today(days: int) -> str:
    """Return the date *days* from today, or the next Monday where that is a weekend."""
    date = dt.date.today() + dt.timedelta(days=days)
    to_monday = {5: 2, 6: 1}.get(date.weekday(), 0)
    return (date + dt.timedelta(days=to_monday)).isoformat()


def items(text: str) -> list[str]:
    """Split a list written with commas."""
    return [item.strip() for item in text.split(",") if item.strip()]


def owner_of(owners: str, role: int) -> str:
    """Return the owner of role 0, 1 or 2; a single owner has all three."""
    names = items(owners)
    return names[role] if role < len(names) else names[0]
