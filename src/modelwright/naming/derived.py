"""Answers that follow from other answers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache

from .taken import LONGEST_NAME


def title_from_name(name: str) -> str:
    """Return a title for a folder's name: `churn_radar` gives `Churn Radar`."""
    words = re.split(r"[\s_-]+", name.strip())
    return " ".join(word[:1].upper() + word[1:] for word in words if word)


def package_from_title(title: str) -> str:
    """Return an import name for a title, empty where none can be spelled in ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_NAME].rstrip("_")


def working_day_from_today(days: int, country: str = "") -> str:
    """Return the date *days* from today, or the next working day where nobody works then."""
    date = dt.date.today() + dt.timedelta(days=days)
    while day_off(date, country):
        date += dt.timedelta(days=1)
    return date.isoformat()


def day_from_today(days: int) -> str:
    """Return the date *days* from today."""
    return (dt.date.today() + dt.timedelta(days=days)).isoformat()


def day(date: str) -> dt.date:
    """Return the day that *date* spells, which TOML writes without quotes."""
    return dt.date.fromisoformat(date)


def working_day(date: str, count: int, country: str) -> dt.date:
    """Return the working day of *country* that is *count* of them after *date*, or before it."""
    found, step = day(date), dt.timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        found += step
        while day_off(found, country):
            found += step
    return found


def day_off(date: dt.date, country: str = "") -> str:
    """Return why nobody works on *date* in *country*, empty where people do.

    Where the country's holidays are not known, Saturdays and Sundays are what is left.
    """
    weekend, free = _days_off(country, date.year)
    return free.get(date) or (f"a {date:%A}" if date.weekday() in weekend else "")


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> tuple[Collection[int], Mapping[dt.date, str]]:
    import holidays  # noqa: PLC0415 - a quarter of a second, for those who plan

    try:
        found = holidays.country_holidays(country, years=year) if country else None
    except NotImplementedError:
        found = None
    return ({5, 6}, {}) if found is None else (set(found.weekend), dict(found))


def items(text: str) -> list[str]:
    """Split a list written with commas."""
    return [item.strip() for item in text.split(",") if item.strip()]


def owner_of(owners: str, role: int) -> str:
    """Return the owner of role 0, 1 or 2; a single owner has all three."""
    names = items(owners)
    return names[role] if role < len(names) else names[0]
