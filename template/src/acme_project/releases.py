"""Which version answers: pointers under models/, changed whole and by one process at a time."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import Field, TypeAdapter, ValidationError

from . import artifact, files, history
from .artifact import CURRENT, LATEST, FileName
from .errors import Stop
from .history import Change, Event

CANARY = "CANARY"
SHADOW = "SHADOW"
LOCK = ".lock"
LOCK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Canary:
    """A version that answers a share of the traffic, since a second after 1970."""

    version: FileName
    share: Annotated[float, Field(gt=0, lt=1)]
    since: float


@dataclass(frozen=True, slots=True)
class Releases:
    """The versions in use: the champion, a canary for its share, a shadow that nobody hears."""

    champion: str | None
    canary: Canary | None = None
    shadow: str | None = None


def read(models: Path) -> Releases:
    """What the pointers say.

    Raises:
        Stop: a pointer cannot be read.
    """
    champion = artifact.pointed(models, CURRENT)
    canary = started(models)
    # For the moment in which a promotion has not taken the pointer away yet.
    canary = None if canary and canary.version == champion else canary
    shadow = artifact.pointed(models, SHADOW)
    return Releases(champion, canary, None if shadow == champion else shadow)


def started(models: Path) -> Canary | None:
    """The canary that the pointer names."""
    pointer = models / CANARY
    try:
        return TypeAdapter(Canary).validate_json(pointer.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise Stop(
            f"{pointer} names no canary",
            why=str(error).splitlines()[0],
            fix="`acme-project canary stop`, then start it again",
        ) from error


def waiting(models: Path) -> str | None:
    """What was packaged last, while another version answers."""
    latest = named(models, LATEST)
    return latest if latest != named(models, CURRENT) else None


def first(models: Path, version: str) -> str:
    """Make *version* the champion where there is none; the champion afterwards."""
    with alone(models):
        champion = named(models, CURRENT)
        if champion is None or not (models / champion).is_dir():
            crown(models, "promote", version, "the first model")
            return version
        return champion


def promote(models: Path, version: str, why: str, canary: Canary | None = None) -> Change:
    """Make a verified version the champion, and end what was tried beside it.

    Raises:
        Stop: the version is missing, altered or no model of this project's, or the *canary* that
            the decision rests on is not the one that runs.
    """
    artifact.load(models, version)
    with alone(models):
        unchanged(models, canary)
        return crown(models, "promote", version, why)


def rollback(models: Path, why: str) -> Change:
    """Undo the newest change: the canary where one runs, the champion otherwise.

    Raises:
        Stop: there is no version to go back to, or it is not what was packaged any more.
    """
    with alone(models):
        if (models / CANARY).exists():
            return end(models, why)
        version = previous(models)
        if version is None:
            raise Stop(
                "there is no former version to go back to",
                fix="name one: acme-project promote VERSION",
            )
        artifact.load(models, version)
        return crown(models, "rollback", version, why)


def start(models: Path, version: str, share: float | None, why: str) -> Change:
    """Let a verified version answer a share of the traffic; with None it is a shadow.

    Raises:
        Stop: it cannot be loaded, or it is the champion already.
    """
    artifact.load(models, version)
    with alone(models):
        champion = read(models).champion
        if champion is None or version == champion:
            raise Stop(
                f"{version} has no champion to be compared with",
                fix="`promote` it, or name another version",
            )
        if share is None:
            files.write(models / SHADOW, f"{version}\n".encode())
            return history.add(models, "shadow", version, champion, why)
        files.write_json(models / CANARY, asdict(Canary(version, share, time.time())))
        return history.add(models, "canary", version, champion, why)


def stop(models: Path, why: str, canary: Canary | None = None) -> Change:
    """End canary and shadow; the champion answers everything.

    Raises:
        Stop: neither runs, or another *canary* than the one that was judged.
    """
    with alone(models):
        unchanged(models, canary)
        return end(models, why)


def previous(models: Path) -> str | None:
    """The champion before the present one; None when nobody knows of one."""
    return history.before(models, named(models, CURRENT))


@contextmanager
def alone(models: Path, seconds: float = LOCK_SECONDS) -> Generator[None]:
    """Keep every other process from changing a pointer; the lock ends with the process."""
    models.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(models / LOCK, timeout=seconds):
            yield
    except Timeout:
        raise Stop(
            f"another process has been changing {models} for {seconds:g} s",
            fix="wait for it, or end it",
        ) from None


def crown(models: Path, event: Event, version: str, why: str) -> Change:
    """Point at a new champion, and only then clear and tell: whoever dies midway has done it."""
    former = named(models, CURRENT)
    files.write(models / CURRENT, f"{version}\n".encode())
    cleared(models)
    return history.add(models, event, version, former, why)


def end(models: Path, why: str) -> Change:
    ended = cleared(models)
    if ended is None:
        raise Stop("neither canary nor shadow runs", fix="start one with `canary start`")
    return history.add(models, "stop", ended, named(models, CURRENT), why)


def cleared(models: Path) -> str | None:
    """Take the pointers to canary and shadow away, broken ones too; the version that ended."""
    ended = None
    for name in (SHADOW, CANARY):
        if (models / name).exists():
            ended = tried(models, name)
            (models / name).unlink()
    return ended


def tried(models: Path, name: str) -> str:
    """The version that a pointer to canary or shadow names."""
    try:
        canary = started(models) if name == CANARY else None
        return canary.version if canary else artifact.pointed(models, name) or ""
    except Stop:
        return "unreadable"


def named(models: Path, pointer: str) -> str | None:
    """The version that a pointer names; None also where it is broken."""
    try:
        return artifact.pointed(models, pointer)
    except Stop:
        return None


def unchanged(models: Path, canary: Canary | None) -> None:
    if canary and started(models) != canary:
        raise Stop("the canary was changed meanwhile", fix="look at it with `canary status`")
