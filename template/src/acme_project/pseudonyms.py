"""Pseudonyms for ids: equal ids stay equal, and only the key leads from an id to its pseudonym.

Keyed HMAC-SHA-256 (RFC 2104), as ENISA, "Pseudonymisation techniques and best practices" (2019),
recommends it: a plain hash of an id is undone by hashing all ids there are.
"""

import hmac
import os
import secrets
from pathlib import Path

import pandas as pd

from .contract import Contract
from .errors import Stop

KEY_VARIABLE = "PSEUDONYM_KEY"
KEY_LENGTH = 32
# 80 bits: ten million ids share one with a chance of one in twenty billion.
DIGITS = 20


def secret(file: Path) -> bytes:
    """The key: from the environment, or from *file*, which is made when there is none.

    Raises:
        Stop: the key is too short to keep anything secret.
    """
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if not given:
        make(file)
        given = file.read_text("utf-8").strip()
    if len(given) < KEY_LENGTH:
        raise Stop(
            f"the key of the pseudonyms has fewer than {KEY_LENGTH} characters",
            why="whoever guesses it can say who is who",
            fix=f"correct {KEY_VARIABLE}, or delete {file}: the next run makes a new one",
        )
    return given.encode()


def make(file: Path) -> None:
    """Write a new key that only its owner can read, unless there is one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as opened:
        opened.write(f"{secrets.token_hex(KEY_LENGTH)}\n")


def pseudonym(value: str, key: bytes) -> str:
    """The same for the same id and key, in whatever column; missing stays missing."""
    return hmac.new(key, value.encode(), "sha256").hexdigest()[:DIGITS] if value else ""


def columns(contract: Contract) -> list[str]:
    """The ids that leave as pseudonyms; one that is a feature cannot, which P7 reports."""
    return [name for name in contract.privacy.ids if name not in contract.features]


def replaced(frame: pd.DataFrame, contract: Contract, key: bytes) -> pd.DataFrame:
    """The table with pseudonyms for ids."""
    made = frame.copy()
    for name in columns(contract):
        if name in made:
            known = {value: pseudonym(value, key) for value in made[name].unique()}
            made[name] = made[name].map(known)
    return made
