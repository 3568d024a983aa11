"""Milestones as what GitHub's and GitLab's APIs take, sent through `gh` and `glab`.

Each milestone becomes a milestone of theirs and an issue in it. Both carry a mark by which the
next export finds them again, so doing it twice changes nothing.
"""

import json
import subprocess  # nosec B404
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .board import Board
from .reading import BadPlan
from .states import Standing

Kind = Literal["milestones", "issues"]
Payload = dict[str, Any]


@dataclass(frozen=True)
class Forge:
    """How one of the two is spoken to.

    *text* and *due* are what it calls a description and a due date; *parent* is by what an issue
    names its milestone, whose own name for that is *number*.
    """

    program: str
    path: str
    change: str
    text: Mapping[Kind, str]
    due: str
    parent: str
    number: Mapping[Kind, str]

    def payload(self, one: Standing, kind: Kind) -> Payload:
        """What is to stand there; an issue's milestone is added when its number is known."""
        each, done = one.milestone, one.state == "done"
        body = described(one) if kind == "issues" else f"For {', '.join(each.consumers)}."
        made: Payload = {"title": each.title, self.text[kind]: f"{body}\n\n{mark(each.id)}"}
        if kind == "milestones" or self.program == "glab":
            noon = "T12:00:00Z" if self.program == "gh" else ""
            made[self.due] = f"{each.due}{noon}"
        return made | {"state": "closed" if done else opened(self.program, kind)}


GITHUB = Forge(
    program="gh",
    path="repos/{owner}/{repo}",
    change="PATCH",
    text={"milestones": "description", "issues": "body"},
    due="due_on",
    parent="milestone",
    number={"milestones": "number", "issues": "number"},
)
GITLAB = Forge(
    program="glab",
    path="projects/:id",
    change="PUT",
    text={"milestones": "description", "issues": "description"},
    due="due_date",
    parent="milestone_id",
    number={"milestones": "id", "issues": "iid"},
)
FORGES = {"github": GITHUB, "gitlab": GITLAB}


def opened(program: str, kind: Kind) -> str:
    """GitLab has a word of its own for each kind."""
    if program == "gh":
        return "open"
    return "active" if kind == "milestones" else "opened"


def mark(name: str) -> str:
    """What a later export looks for; a reader of the page does not see it."""
    return f"<!-- milestone: {name} -->"


def described(one: Standing) -> str:
    """The body of an issue: who, for whom, and what shows that it is done."""
    each = one.milestone
    proofs = [
        f"- [{'x' if proof.verdict == 'holds' else ' '}] {proof.what}" for proof in one.proofs
    ]
    lines = [
        f"Owner: {each.owner.replace('_', ' ')}. For {', '.join(each.consumers)}. Due {each.due}.",
        "",
        "Done when:",
        "",
        *proofs,
        *(["", each.notes] if each.notes else []),
    ]
    return "\n".join(lines)


def planned(board: Board, forge: Forge) -> list[dict[str, Any]]:
    """Everything that an export would make sure of; nobody is asked."""
    return [
        {"kind": kind, "id": one.milestone.id, "payload": forge.payload(one, kind)}
        for one in board.standings
        for kind in ("milestones", "issues")
    ]


def done(board: Board, forge: Forge, root: Path) -> Iterator[str]:
    """Make it so, and yield a line for each thing that was made or changed.

    Raises:
        BadPlan: the program is missing, or refuses.
    """
    numbers: dict[str, int] = {}
    kinds: tuple[Kind, ...] = ("milestones", "issues")
    for kind in kinds:
        there = listed(forge, kind, root)
        for one in board.standings:
            name, wanted = one.milestone.id, forge.payload(one, kind)
            if kind == "issues":
                wanted[forge.parent] = numbers[name]
            found = there.get(name)
            if found is None:
                found = sent(forge, "POST", f"{forge.path}/{kind}", wanted, root)
                yield f"{kind}: {name} made"
            if differing := {
                key: each for key, each in wanted.items() if differs(found, key, each)
            }:
                number = found[forge.number[kind]]
                told = said(forge, differing)
                sent(forge, forge.change, f"{forge.path}/{kind}/{number}", told, root)
                yield f"{kind}: {name} changed: {', '.join(differing)}"
            if kind == "milestones":
                numbers[name] = found[forge.number[kind]]


def said(forge: Forge, differing: Payload) -> Payload:
    """What is to be changed; GitLab reports a state, and wants to be told of an event."""
    if forge.program == "gh" or "state" not in differing:
        return differing
    events = {"closed": "close", "active": "activate", "opened": "reopen"}
    rest = {key: each for key, each in differing.items() if key != "state"}
    return rest | {"state_event": events[differing["state"]]}


def differs(found: Payload, key: str, wanted: Any) -> bool:
    """Whether what is there is something else than what is *wanted*."""
    there = found.get(key)
    if key in {"milestone", "milestone_id"}:
        holder = found.get("milestone") or {}
        return wanted not in {holder.get("number"), holder.get("id")}
    if key == "due_on":
        # GitHub keeps the day, and puts a time of its own behind it.
        return str(there)[:10] != str(wanted)[:10]
    return there != wanted


def listed(forge: Forge, kind: Kind, root: Path) -> dict[str, Payload]:
    """What earlier exports left there, by the milestone's id."""
    found = {}
    text = asked(forge, [f"{forge.path}/{kind}?state=all&per_page=100", "--paginate"], "", root)
    for page in pages(text):
        for each in page:
            body = each.get(forge.text[kind]) or ""
            if "<!-- milestone: " in body:
                name = body.rpartition("<!-- milestone: ")[2].partition(" -->")[0]
                found.setdefault(name, each)
    return found


def pages(text: str) -> Iterator[list[Payload]]:
    """One list after the other, as the programs print them."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text.rstrip()):
        while text[place].isspace():
            place += 1
        page, place = decoder.raw_decode(text, place)
        yield page


def sent(forge: Forge, method: str, path: str, payload: Payload, root: Path) -> Payload:
    """What the other side says to *payload*."""
    words = [path, "--method", method, "--input", "-"]
    return json.loads(asked(forge, words, json.dumps(payload), root))


def asked(forge: Forge, words: list[str], text: str, root: Path) -> str:
    """What the program prints; a BadPlan where it is missing or fails."""
    command = [forge.program, "api", *words]
    try:
        done = subprocess.run(  # nosec B603
            command, cwd=root, input=text, capture_output=True, text=True, check=False
        )
    except OSError:
        raise BadPlan(
            f"`{forge.program}` is not installed", fix="install it and log in, or leave out --yes"
        ) from None
    if done.returncode:
        raise BadPlan(
            f"`{' '.join(command[:3])}` failed: {done.stderr.strip()}",
            fix=f"see `{forge.program} auth status`; what was made so far is found again",
        )
    return done.stdout
