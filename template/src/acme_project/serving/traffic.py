"""Which loaded model answers a request, and how a newer one comes in without a pause."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import artifact, releases
from ..artifact import Model
from ..errors import Stop
from ..signature import Row

POLL_SECONDS = 0.5
# Beyond this a shadow falls behind, and its answers are left out.
MOST_LATER = 64
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """The models of one moment: the champion, and what is tried beside it."""

    champion: Model
    canary: Model | None = None
    share: float = 0.0
    shadow: Model | None = None

    def choose(self, entity: str | None, rows: Sequence[Row]) -> Model:
        """The one model that answers a request: for the same entity always the same.

        The first row stands for an entity that is not named. Rows that the canary cannot take
        are the champion's.
        """
        if self.canary is None or any(map(self.canary.check, rows)):
            return self.champion
        key = json.dumps(rows[0], sort_keys=True) if entity is None else entity
        mine = place(self.canary.manifest.version, key) < self.share
        return self.canary if mine else self.champion

    def find(self, version: str | None) -> Model | None:
        """The model of a version, if it is loaded."""
        loaded = (self.champion, self.canary, self.shadow)
        return next((each for each in loaded if each and each.manifest.version == version), None)

    def roles(self) -> dict[str, str]:
        """The versions by role."""
        named = {"champion": self.champion, "canary": self.canary, "shadow": self.shadow}
        return {role: model.manifest.version for role, model in named.items() if model}


def place(version: str, key: str) -> float:
    """Where *key* lies from 0 to 1; each version has its own order, so it meets other people."""
    digest = hashlib.sha256(f"{version}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


class Traffic:
    """The models that answer, kept up with the pointers in a folder.

    Whatever is wrong with a newcomer, the last good champion stays, and *fault* says why.
    """

    def __init__(
        self, model: Model | None, models: Path | None, changed: Callable[[Answering], None]
    ) -> None:
        self.live = Answering(model) if model else None
        self.models = models
        self.changed = changed
        self.fault: str | None = None
        self._later: set[asyncio.Task[None]] = set()

    async def watch(self) -> None:
        """Look at the pointers for ever; requests are answered meanwhile."""
        while self.models:
            await asyncio.to_thread(self.refresh, self.models)
            await asyncio.sleep(POLL_SECONDS)

    def refresh(self, models: Path) -> None:
        """Load and verify what the pointers name, then swap it in at once."""
        faults: list[str] = []
        try:
            live = self.named(releases.read(models), models, faults)
        except Exception as error:  # noqa: BLE001
            # Whatever it is, it must not end the watch.
            live, faults = self.live, [described(error)]
        if faults and faults[0] != self.fault:
            LOG.error("reload refused", extra={"fields": {"fault": faults[0]}})
        self.fault = next(iter(faults), None)
        if live and live != self.live:
            self.live = live
            LOG.info("reload", extra={"fields": live.roles()})
            self.changed(live)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what nobody waits for; with too much of it waiting, leave it."""
        if len(self._later) >= MOST_LATER:
            work.close()
            return
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def named(self, wanted: releases.Releases, models: Path, faults: list[str]) -> Answering | None:
        """The models that the pointers want; what is wrong with one of them goes to *faults*."""

        def taken(version: str | None) -> Model | None:
            loaded = self.live.find(version) if self.live else None
            if version is None or loaded:
                return loaded
            try:
                return artifact.load(models, version)
            except Stop as stop:
                faults.append(described(stop))
                return None

        if wanted.champion is None and self.live:
            faults.append(f"{models} names no champion")
        kept = self.live.champion if self.live else None
        champion = taken(wanted.champion) or kept
        if champion is None:
            return None
        canary = taken(wanted.canary.version) if wanted.canary else None
        share = wanted.canary.share if wanted.canary and canary else 0.0
        return Answering(champion, canary, share, taken(wanted.shadow))


def described(error: Exception) -> str:
    """What is wrong, without what else the process knows."""
    if isinstance(error, Stop):
        return f"{error.what}: {error.why}" if error.why else error.what
    return type(error).__name__
