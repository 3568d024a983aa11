"""Validators: what is wrong with an answer, or an empty string, which is consent."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from .derived import day, day_off, items, working_day
from .taken import COUNTRIES, LONGEST_NAME, SHORTEST_NAME, TAKEN

LONGEST_TITLE = 60
LONGEST_TEXT = 200

_OWNER = re.compile(
    r"@[A-Za-z0-9][\w.-]*(/[\w.-]+)?|[\w.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.A
)


def complain_of_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Say what keeps *text* from being one printable line."""
    odd = next((c for c in text if not c.isprintable() or "\ufff0" <= c <= "\uffff"), None)
    if odd is not None:
        return f"it contains U+{ord(odd):04X}, which does not print; write one line of plain text"
    if not text.strip():
        return "it is empty; write at least a word"
    if text != text.strip():
        return "it begins or ends with a blank; remove it"
    if len(text) > longest:
        return f"it has {len(text)} characters; write at most {longest}"
    if text != unicodedata.normalize("NFC", text):
        return "it holds decomposed accents; write composed characters (NFC)"
    return ""


def complain_of_title(title: str) -> str:
    """Say what keeps *title* from naming a project."""
    if complaint := complain_of_text(title, LONGEST_TITLE):
        return complaint
    if not any(c.isalnum() for c in title):
        return "it holds no letter and no digit; write a name"
    return ""


def _complain_of_name(name: str, separator: str) -> str:
    if not name:
        return "no name can be derived from the title; choose one in ASCII letters"
    if not re.fullmatch(rf"[a-z][a-z0-9]*({separator}[a-z0-9]+)*", name):
        return (
            f"{name!r} is not a name; use lower-case ASCII letters, digits and single "
            f"'{separator}', beginning with a letter"
        )
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        return f"it has {len(name)} characters; use {SHORTEST_NAME} to {LONGEST_NAME}"
    if name.replace("-", "_") in TAKEN:
        return f"{name!r} is taken by Python, the system or a dependency; choose another"
    return ""


def complain_of_package(name: str) -> str:
    """Say what keeps *name* from being imported without hiding something else."""
    return _complain_of_name(name, "_")


def complain_of_command(name: str) -> str:
    """Say what keeps *name* from being a command and a distribution of its own."""
    return _complain_of_name(name, "-")


def complain_of_unit(unit: str) -> str:
    """Say what keeps *unit* from being a currency code or a count."""
    if re.fullmatch(r"[A-Z]{3}", unit):
        return ""
    if complaint := complain_of_text(unit, 40):
        return complaint
    if unit != unit.lower() or not unit[0].isalpha():
        return "write a currency's three capital letters, or what is counted in small letters"
    return ""


def complain_of_owners(owners: str) -> str:
    """Say what keeps *owners* from naming the owners of three roles."""
    names = items(owners)
    odd = next((name for name in names if not _OWNER.fullmatch(name)), None)
    if odd is not None:
        return f"{odd!r} is no owner; write @name, @organisation/team or an e-mail address"
    if len(names) not in {1, 3}:
        return f"{len(names)} owners are given; name one, or one for each of the three roles"
    return ""


def complain_of_list(text: str) -> str:
    """Say what keeps *text* from being a list with commas."""
    if complaint := complain_of_text(text):
        return complaint
    if not items(text):
        return "it names nobody; write at least one name"
    if len(set(items(text))) < len(items(text)):
        return "it names somebody twice"
    return ""


def complain_of_date(date: str) -> str:
    """Say what keeps *date* from being a day on which people work."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return f"{date!r} is not a date; write it as 2027-01-29"
    if day.isoformat() != date:
        return f"{date!r} is not spelled as {day.isoformat()}"
    if day.isoweekday() in {6, 7}:
        return f"{date} is a {day:%A}; choose a working day"
    return ""


def complain_of_day(date: str) -> str:
    """Say what keeps *date* from being a day."""
    return "" if _is_day(date) else f"{date!r} is not a date; write it as 2027-01-29"


def complain_of_launch(date: str, created: str, count: int, country: str) -> str:
    """Say what keeps *date* from being a launch: *count* working days after *created* or more."""
    if not _is_day(date):
        return complain_of_date(date)
    if reason := day_off(day(date), country):
        return f"{date} is {reason}; choose a working day, such as {working_day(date, 1, country)}"
    if not _is_day(created) or day(date) >= (earliest := working_day(created, count, country)):
        return ""
    return (
        f"{date} is too near: the plan takes {count} working days from {created} to the launch; "
        f"the earliest feasible date is {earliest}"
    )


def _is_day(date: str) -> bool:
    try:
        return day(date).isoformat() == date
    except ValueError:
        return False


def complain_of_country(country: str) -> str:
    """Say what keeps *country* from being a code of ISO 3166-1."""
    if country not in COUNTRIES:
        return f"{country!r} is no country code; write two capital letters, as in US, DE or IN"
    return ""


def complain_of_parts(parts: list[str]) -> str:
    """Say which part needs another."""
    if "monitoring" in parts and "serving" not in parts:
        return "monitoring watches the service; add serving, or leave monitoring out"
    return ""
