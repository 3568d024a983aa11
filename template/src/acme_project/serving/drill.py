"""Rehearse the life of a release while callers keep asking: they notice it by the version alone."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from .. import canary, files, releases, served
from ..artifact import CURRENT
from ..contract import Contract
from ..errors import Stop
from ..outcomes import Captured, Outcomes
from ..rehearsal import Scene, refused
from ..signature import Row

CALLERS = 2
# A change that takes longer than this is no rollback in seconds.
PATIENCE_SECONDS = 5
RULE = {"share": 0.5, "rows": 20}
# Answers in a row from which one can tell that a share of one half has ended.
ALL = 40


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: status 0 is none at all. *place* is the row that was asked about."""

    at: float
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
            "canary": lambda: tried(scene, heard, contract, found["canary"]),
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
    until(lambda: only(scene.alike, heard), "what was promoted does not answer")
    started = time.perf_counter()
    releases.rollback(scene.models, "rehearsal")
    until(lambda: only(scene.champion, heard), "what was rolled back to does not answer")
    return round(time.perf_counter() - started, 3)


def tried(scene: Scene, heard: Sequence[Heard], contract: Contract, found: dict[str, Any]) -> None:
    """See the rule end a canary that is worse, and promote one that is not."""
    rule = canary.rule(contract).model_copy(update=RULE)
    for version, wanted in ((scene.worse, "stop"), (scene.alike, "promote")):
        releases.start(scene.models, version, rule.share, "rehearsal")
        begun = len(heard)
        until(
            lambda version=version, begun=begun: answered(version, heard[begun:]) >= rule.rows,
            "a canary does not answer its share",
        )
        with closing(Outcomes(f"sqlite:///{scene.folder}/outcomes.db")) as outcomes:
            learnt(heard[begun:], scene, outcomes)
            verdict, why = canary.settle(scene.models, outcomes, contract, rule)
        found[version] = {"verdict": verdict, "why": why}
        if verdict != wanted:
            raise Stop(f"the rule says {verdict} instead of {wanted}: {why}")
        left = scene.champion if verdict == "stop" else version
        until(lambda left=left: only(left, heard), "the rule's verdict has no effect")


def withstood(scene: Scene, heard: Sequence[Heard], line: http.client.HTTPConnection) -> None:
    """Name an altered model, as no command would: the last good one goes on, and says why."""
    if faults := refused(scene):
        raise Stop(faults[0])
    good = releases.read(scene.models).champion
    files.write(scene.models / CURRENT, f"{scene.broken}\n".encode())
    until(lambda: told(line), "nobody is told that a model is broken")
    if not only(str(good), heard):
        raise Stop("a broken model stops the service from answering")


def told(line: http.client.HTTPConnection) -> bool:
    """Whether the service says why it does not use what is named."""
    line.request("GET", "/ready")
    return bool(json.loads(line.getresponse().read()).get("fault"))


def only(version: str, heard: Sequence[Heard]) -> bool:
    """Whether the latest answers are all of one version."""
    latest = heard[-ALL:]
    return len(latest) == ALL and all(each.model == version for each in latest)


def answered(version: str, heard: Sequence[Heard]) -> int:
    return sum(each.model == version for each in heard)


def until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait for *condition*; stop with *otherwise* when it takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Stop(otherwise)
        time.sleep(0.005)


def learnt(heard: Sequence[Heard], scene: Scene, outcomes: Outcomes) -> None:
    """Bring what was heard, and how it turned out, into the database."""
    good = [each for each in heard if each.status == 200]
    answers = [captured(each, scene) for each in good]
    turned_out = {
        answer.id: scene.outcomes[each.place] for answer, each in zip(answers, good, strict=True)
    }
    outcomes.keep(answers)
    outcomes.learn(turned_out)


def captured(heard: Heard, scene: Scene) -> Captured:
    (prediction,) = heard.answer["predictions"]
    return Captured(
        id=uuid.uuid4().hex,
        model=heard.answer["model"],
        role="champion" if heard.model == scene.champion else "canary",
        at=heard.at,
        row=scene.rows[heard.place],
        probability=prediction["probability"],
        decision=prediction["decision"],
    )


@contextmanager
def asking(port: int, scene: Scene) -> Generator[list[Heard]]:
    """Callers that ask about the rows in turn until the block ends; what they hear."""
    heard: list[Heard] = []
    turns, over = count(), threading.Event()

    def call() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=served.ANSWER_SECONDS)
        while not over.is_set():
            turn = next(turns)
            heard.append(asked(line, scene.rows, turn))

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
    at = time.time()
    try:
        line.request("POST", "/predict", body, {"content-type": "application/json"})
        answer = line.getresponse()
        return Heard(at, answer.status, place, json.loads(answer.read()))
    except (OSError, http.client.HTTPException, ValueError):
        line.close()
        return Heard(at, 0, place, {})
