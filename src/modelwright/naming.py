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

import builtins
import datetime as dt
import json
import keyword
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath

from jinja2 import Environment
from jinja2.ext import Extension

LONGEST_TITLE = 60
SHORTEST_NAME = 2
LONGEST_NAME = 40
LONGEST_TEXT = 200

_MARKDOWN = re.compile(r"([\\`*_\[\]<>&|#~!$])")
_MARKDOWN_BLOCK = re.compile(r"^(\d+)?([-+=.)])")
_VALUE = re.compile(r"^(?P<key>[^#\n]*?(?:=|:|(?<=\s)-|^-) ).*?\s+#= (?P<answer>.+)$", re.M)
_OWNER_LINE = re.compile(r"^(?P<key>\S+ +).*?\s+#= (?P<answer>.+)$", re.M)
_MARKDOWN_LINE = re.compile(r"^(?P<key>[-*] |#+ |)[^\n]*<!--= (?P<answer>.+?) -->$", re.M)
_MARKDOWN_CONDITION = re.compile(r"^[ \t]*<!-- (copier:.*?) -->$", re.M)
_OWNER = re.compile(
    r"@[A-Za-z0-9][\w.-]*(/[\w.-]+)?|[\w.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.A
)


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


# Emitters: a value in, its spelling in a format out.


def to_json(value: object) -> str:
    """Spell *value* in JSON."""
    return json.dumps(value, ensure_ascii=False)


def to_toml(value: object) -> str:
    """Spell *value* (text, number, flag, date or a list of them) in TOML.

    JSON's spelling is TOML's too, but for DEL, which validated answers don't hold.
    """
    return value.isoformat() if isinstance(value, dt.date) else to_json(value)


def to_yaml(value: object) -> str:
    """Spell *value* in YAML, whose flow style contains JSON; text is always quoted."""
    return to_toml(value)


def to_markdown(value: object) -> str:
    """Spell *value* in Markdown, so that it reads as the text it is."""
    text = _MARKDOWN.sub(r"\\\1", str(value))
    return _MARKDOWN_BLOCK.sub(r"\1\\\2", text)


# Names and dates derived from other answers.


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


# Validators: Copier shows what they return, and an empty string is consent.


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
    if name.replace("-", "_") in _TAKEN:
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


def complain_of_country(country: str) -> str:
    """Say what keeps *country* from being a code of ISO 3166-1."""
    if country not in _COUNTRIES:
        return f"{country!r} is no country code; write two capital letters, as in US, DE or IN"
    return ""


def complain_of_parts(parts: list[str]) -> str:
    """Say which part needs another."""
    if "monitoring" in parts and "serving" not in parts:
        return "monitoring watches the service; add serving, or leave monitoring out"
    return ""


_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ
    DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP
    GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE
    PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL
    SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM
    US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""  # ISO 3166-1 alpha-2
_COUNTRIES = frozenset(_COUNTRY_CODES.split())

# Import names and distributions of a generated project's environment, and the system's own.
_DEPENDENCIES = """
    aux con nul prn com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6
    lpt7 lpt8 lpt9 data docs models notebooks pip python reports root src sudo tests uv venv
"""

_TAKEN = frozenset(
    name.lower()
    for name in (
        *_DEPENDENCIES.split(),
        *sys.stdlib_module_names,
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
    )
)

_FILTERS: dict[str, Callable[..., object]] = {
    "json": to_json,
    "toml": to_toml,
    "yaml": to_yaml,
    "markdown": to_markdown,
    "items": items,
    "owner_of": owner_of,
    "title_from_name": title_from_name,
    "package_from_title": package_from_title,
    "working_day_from_today": working_day_from_today,
    "complain_of_text": complain_of_text,
    "complain_of_title": complain_of_title,
    "complain_of_package": complain_of_package,
    "complain_of_command": complain_of_command,
    "complain_of_unit": complain_of_unit,
    "complain_of_owners": complain_of_owners,
    "complain_of_list": complain_of_list,
    "complain_of_date": complain_of_date,
    "complain_of_country": complain_of_country,
    "complain_of_parts": complain_of_parts,
}
