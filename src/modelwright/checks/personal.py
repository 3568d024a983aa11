"""Addresses and numbers of people, told from those that are published as examples."""

from __future__ import annotations

import re

_MAIL = re.compile(r"(?<![\w.+/@-])[\w.+-]+@(?P<host>(?:[\w-]+\.)+[a-z]{2,})\b", re.I)
_RESERVED = re.compile(
    r"(^|\.)(example\.(org|com|net)|test|invalid|localhost|local|example|noreply\.github\.com"
    r"|acme\.\w+|users\.noreply\.github\.com)$",
    re.I,
)
# Whoever signs their work has agreed to be named.
_CREDIT = re.compile(r"copyright|\(c\)|©|SPDX-|__author|\b(authors?|maintainers?)\s*[:=]", re.I)
_SIGNED = re.compile(r"\s*[-*]\s+\w[\w.' -]+ [(<][^\s()<>]+@[^\s()<>]+[)>]\s*")
_ROBOT = re.compile(r"git@|no-?reply|.*\[bot\]|do-?not-?reply", re.I)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}[ ]?(?:[A-Z0-9]{4}[ ]?){2,7}[A-Z0-9]{1,4}\b")
_PHONE = re.compile(
    r"(?<![\w.-])(?:\+\d{1,3}[ -]?)?\(?\d{3}\)?[ -]\d{3}[ -]\d{4}(?![\w-])"
    r"|(?<![\w.+-])\+[1-9]\d{1,2}(?:[ -]\d{1,8}){2,5}(?![\w-])"
)
# Published as examples, by ISO 13616's registry and by the card networks.
_SPECIMENS = {
    *("DE89370400440532013000", "GB82WEST12345698765432", "GB29NWBK60161331926819"),
    *("FR1420041010050500013M02606", "NL91ABNA0417164300", "CH9300762011623852957"),
    *("4111111111111111", "5555555555554444", "4242424242424242", "378282246310005"),
}
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_CARD = re.compile(r"(?<![\d.])[3-6]\d{3}[ -](?:\d{4}[ -]){2}\d{4}(?![\d.])")


def personal(line: str, path: str) -> str:
    """Say what of a person's a *line* of the file *path* holds, or ""; made-up data is none."""
    if _CREDIT.search(line):
        return ""
    signed = path.endswith(".py") and (line.lstrip().startswith("#") or _SIGNED.fullmatch(line))
    for found in () if signed else _MAIL.finditer(line):
        if not (_RESERVED.search(found["host"]) or _ROBOT.match(found[0])):
            return "an e-mail address"
    if any(_is_iban(found[0]) for found in _IBAN.finditer(line)):
        return "an account number (IBAN)"
    if any(_is_card(found[0]) for found in _CARD.finditer(line)):
        return "a number of a payment card"
    # In code such digits are more often a pattern's example than a person's.
    if not path.endswith(".py") and (phone := _PHONE.search(line)) and "555" not in phone[0]:
        return "what looks like a telephone number"
    social = not path.endswith(".py") and _SSN.search(line)
    return "what looks like a social security number" if social else ""


def _is_iban(text: str) -> bool:
    """Check the two digits of ISO 13616."""
    plain = text.replace(" ", "")
    if plain in _SPECIMENS:
        return False
    turned = "".join(str(int(each, 36)) for each in plain[4:] + plain[:4])
    return len(plain) > 14 and int(turned) % 97 == 1  # noqa: PLR2004


def _is_card(text: str) -> bool:
    """Check the last digit of ISO/IEC 7812 (Luhn)."""
    plain = re.sub(r"\D", "", text)
    digits = [int(each) for each in plain][::-1]
    doubled = (sum(divmod(2 * each, 10)) for each in digits[1::2])
    return plain not in _SPECIMENS and any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0
