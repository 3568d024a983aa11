"""Rehearse the life of a release while callers keep asking: they notice it by the version alone."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from .. import canary, files, releases, served
from ..artifact import CURRENT
from ..contract import Contract
from ..errors import Stop
from ..outcomes import Outcomes
from ..rehearsal import Scene, refused
from ..signature import Row
from .feedback import MAX_OUTCOMES

CALLERS = 2
# A change that takes longer than this is no rollback in seconds.
PATIENCE_SECONDS = 10
RULE = {"share": 0.5, "rows": 20}
JSON = {"content-type": "application/json"}
# Answers in a row from which one can tell that a share of one half has ended.
ALL = 40


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: status 0 is none at all. *place* is the row that was asked about."""

    status: int
    place: int
    answer: dict[str, Any]

    @property
    def model(self) -> str | None:
        return self.answer.get("model")


def drilled(scene: Scene, contract: Contract) -> dict[str, Any]:
    """Promote, roll back, try canaries and a broken model, under load; see `rehearsal`."""
    found: dict[str, Any] = {"rollback_s": None, "canary": {}}
    faults: dict[str, list[str]] = {"rollback": [], "canary": [], "newcomer": []}
    with served.service(scene.folder) as line, asking(line.port, scene) as heard:
        drills: dict[str, Callable[[], None]] = {
            "rollback": lambda: found.update(rollback_s=rolled_back(scene, heard)),
            "canary": lambda: found["canary"].update(tried(scene, heard, contract, line)),
            "newcomer": lambda: withstood(scene, heard, line),
        }
        for name, drill in drills.items():
            try:
                drill()
            except Stop as stop:
                faults[name].append(stop.what)
    failed = [each for each in heard if each.status != 200]
    if failed:
        faults["rollback"].append(f"{len(failed)} of {len(heard)} requests failed")
    return found | {"requests": len(heard), "failed": len(failed), "faults": faults}


def rolled_back(scene: Scene, heard: Sequence[Heard]) -> float:
    """Promote and roll back; seconds until callers hear the former version and no other."""
    releases.promote(scene.models, scene.alike, "rehearsal")
    until(partial(only, scene.alike, heard), "what was promoted does not answer")
    started = time.perf_counter()
    releases.rollback(scene.models, "rehearsal")
    until(partial(only, scene.champion, heard), "what was rolled back to does not answer")
    return round(time.perf_counter() - started, 3)


def tried(
    scene: Scene, heard: Sequence[Heard], contract: Contract, line: http.client.HTTPConnection
) -> dict[str, Any]:
    """See the rule end a canary that is worse, and promote one that is not."""
    rule, found = canary.rule(contract).model_copy(update=RULE), {}
    for version, wanted in ((scene.worse, "stop"), (scene.alike, "promote")):
        begun = len(heard)
        releases.start(scene.models, version, rule.share, "rehearsal")
        enough = partial(answered, version, heard, begun, rule.rows)
        until(enough, "a canary does not answer its share")
        learnt(heard[begun:], scene, line)
        with closing(Outcomes(f"sqlite:///{scene.folder}/data/outcomes.db")) as outcomes:
            verdict, why = canary.settle(scene.models, outcomes, contract, rule)
        found[version] = {"verdict": verdict, "why": why}
        if verdict != wanted:
            raise Stop(f"the rule says {verdict} instead of {wanted}: {why}")
        left = scene.champion if verdict == "stop" else version
        until(partial(only, left, heard), "the rule's verdict has no effect")
    return found


def withstood(scene: Scene, heard: Sequence[Heard], line: http.client.HTTPConnection) -> None:
    """Name an altered model, as no command would: the last good one goes on, and says why."""
    if faults := refused(scene):
        raise Stop(faults[0])
    # A canary that the rule did not end is another drill's fault.
    if releases.read(scene.models).canary:
        releases.stop(scene.models, "rehearsal")
    good = str(releases.read(scene.models).champion)
    until(partial(only, good, heard), "the champion does not answer alone")
    files.write(scene.models / CURRENT, f"{scene.broken}\n".encode())
    anew(line)
    until(partial(told, line), "nobody is told that a model is broken")
    if not only(good, heard):
        raise Stop("a broken model stops the service from answering")


def anew(line: http.client.HTTPConnection) -> None:
    """Connect with the next request: on whoever is silent for seconds the service hangs up."""
    line.close()


def told(line: http.client.HTTPConnection) -> bool:
    """Whether the service says why it does not use what is named."""
    line.request("GET", "/ready")
    return bool(json.loads(line.getresponse().read()).get("fault"))


def only(version: str, heard: Sequence[Heard]) -> bool:
    """Whether the latest answers are all of one version."""
    latest = heard[-ALL:]
    return len(latest) == ALL and all(each.model == version for each in latest)


def answered(version: str, heard: Sequence[Heard], begun: int, rows: int) -> bool:
    """Whether a version has answered often enough."""
    return sum(each.model == version for each in heard[begun:]) >= rows


def until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait for *condition*; stop with *otherwise* when it takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Stop(otherwise)
        time.sleep(0.005)


def learnt(heard: Sequence[Heard], scene: Scene, line: http.client.HTTPConnection) -> None:
    """Tell the service how what was heard turned out."""
    outcomes = [
        {"id": answer["id"], **scene.outcomes[each.place]}
        for each in heard
        for answer in each.answer.get("predictions", ())
    ]
    anew(line)
    for start in range(0, len(outcomes), MAX_OUTCOMES):
        body = json.dumps({"outcomes": outcomes[start : start + MAX_OUTCOMES]})
        line.request("POST", "/feedback", body, JSON)
        answer = line.getresponse()
        if (answer.read(), answer.status)[1] != http.HTTPStatus.OK:
            raise Stop(f"the service takes no outcomes: {answer.status}")


@contextmanager
def asking(port: int, scene: Scene) -> Generator[list[Heard]]:
    """Callers that ask about the rows in turn until the block ends; what they hear."""
    heard: list[Heard] = []
    turns, over = count(), threading.Event()

    def call() -> None:
        with served.connected(port) as line:
            while not over.is_set():
                heard.append(asked(line, scene.rows, next(turns)))

    callers = [threading.Thread(target=call, daemon=True) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield heard
    finally:
        over.set()
        for caller in callers:
            caller.join()


def asked(line: http.client.HTTPConnection, rows: Sequence[Row], turn: int) -> Heard:
    """Ask about one row in somebody's name."""
    place = turn % len(rows)
    body = json.dumps({"rows": [rows[place]], "entity": f"caller {turn}"})
    try:
        line.request("POST", "/predict", body, JSON)
        answer = line.getresponse()
        return Heard(answer.status, place, json.loads(answer.read()))
    except (OSError, http.client.HTTPException, ValueError):
        line.close()
        return Heard(0, place, {})
