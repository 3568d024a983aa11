"""Find personal data by what it is, checksum and all, and not by what its column is called.

Names, birthdays and addresses have no checksum: those are known by the column's name alone.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from itertools import islice

import phonenumbers
from stdnum import iban, luhn
from stdnum.exceptions import ValidationError
from stdnum.us import ssn
from stdnum.util import get_cc_module

# What python-stdnum calls the number that a country gives to each person.
NATIONAL = (  # noqa: SIM905
    "aadhaar asmens bsn cnp codicefiscale cpf cpr dni egn hetu idnr ik nhs nir nn nric personalid "
    "pesel pps rc ric sin ssn tckimlik tfn"
).split()
SAMPLE = 1000
FEWEST = 3
CALLED = re.compile(
    r"(?:^|_)(?:(?:first|last|full|family)_?name|surname|e_?mail|phone|street|passport|ssn"
    r"|birth_?(?:day|date)|date_of_birth|dob)(?:_|$)",
    re.IGNORECASE,
)


def valid(check: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether one of the number libraries accepts a text."""

    def accepted(text: str) -> bool:
        try:
            return bool(check(text))
        except (ValidationError, phonenumbers.NumberParseException):
            return False

    return accepted


def phone(text: str, country: str | None = None) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(text, country))


# How each kind is written where nothing else is, and what its digits must fulfil; one is enough.
WRITTEN: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "e-mail addresses": (
        re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b", re.ASCII | re.IGNORECASE),
        bool,
    ),
    "phone numbers": (re.compile(r"\+[1-9][\d ()/.-]{5,20}\d"), valid(phone)),
    "IBANs": (
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        valid(iban.validate),
    ),
    "payment cards": (
        re.compile(r"(?<![\d.-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?![\d.-])"),
        lambda text: luhn.is_valid(re.sub("[ -]", "", text)),
    ),
    "national ids": (re.compile(r"(?<![\d.-])\d{3}-\d{2}-\d{4}(?![\d.-])"), ssn.is_valid),
}


def mentioned(text: str) -> dict[str, set[str]]:
    """The personal values that *text* holds beyond doubt, by kind."""
    found = {
        kind: {match[0] for match in pattern.finditer(text) if check(match[0])}
        for kind, (pattern, check) in WRITTEN.items()
    }
    return {kind: values for kind, values in found.items() if values}


def in_column(cells: Iterable[str], country: str) -> dict[str, int]:
    """Kinds of personal data in a column, with how many different cells hold them.

    Plain digits, which could be anything, are personal only where most cells of the column
    pass the same check; *country* (two letters) says whose phone numbers and ids to look for.
    """
    distinct = sorted({cell.removesuffix(".0") for cell in cells if cell})
    found = {kind: len(values) for kind, values in mentioned("\n".join(distinct)).items()}
    some = list(islice(distinct, 0, None, max(1, len(distinct) // SAMPLE)))
    for kind, check in whole_cells(country).items():
        passed = sum(map(check, some))
        if kind not in found and passed >= FEWEST and passed > len(some) / 2:
            found[kind] = passed
    return found


def whole_cells(country: str) -> dict[str, Callable[[str], bool]]:
    """What a whole cell may be, by kind."""
    modules = (get_cc_module(country, name) for name in NATIONAL)
    ids = [module.is_valid for module in modules if module]
    return {
        "phone numbers": valid(lambda text: dialled(text, country) and phone(text, country)),
        "payment cards": lambda text: 13 <= len(text) <= 19 and luhn.is_valid(text),
        "national ids": lambda text: any(by_checksum(text, check) for check in ids),
        "IP addresses": is_address,
    }


def by_checksum(text: str, check: Callable[[str], bool]) -> bool:
    """Whether *check* accepts the text for its last sign; some countries' ids accept any digits."""
    other = text[:-1] + ("1" if text[-1] == "0" else "0")
    return check(text) and not check(other)


def dialled(text: str, country: str) -> bool:
    """Whether digits are set as a phone number's are: a time stamp is none."""
    american = phonenumbers.country_code_for_region(country) == 1
    return bool(re.fullmatch(r"[\d ()/.-]{9,20}", text)) and (
        bool(re.search(r"^[0(]|\d[ ()/-]+\d", text)) or (american and len(text) == 10)
    )


def is_address(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def called(column: str) -> bool:
    """Whether a column's name says that it holds what nobody can check."""
    return bool(CALLED.search(column))
