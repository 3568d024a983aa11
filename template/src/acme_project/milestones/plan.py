"""`milestones.toml` as strict, frozen values."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import Any

from .reading import BadPlan, Source, Table

FILE = "milestones.toml"
# P9 is judged by this plan, so no part of the plan can wait for it.
GATES = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P10")


@dataclass(frozen=True)
class Evidence:
    """What must hold before a milestone is done.

    *gates* are practices by id that must be green, *files* have to be there, *commands* to have
    ended well, and the model in use keeps the *contracts* of these consumers.
    """

    gates: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """A record that the due date moved: when, from, to, why, and who was told."""

    date: date
    old: date
    new: date
    reason: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class Milestone:
    """A promise; *owner* is a role, *estimate* the least, likely and most working days it takes."""

    id: str
    title: str
    due: date
    owner: str
    consumers: tuple[str, ...]
    depends_on: tuple[str, ...]
    evidence: Evidence
    estimate: tuple[float, float, float]
    claimed: date | None = None
    notes: str = ""
    log: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """A record that a promise was taken back: which, when, why, and who was told."""

    id: str
    date: date
    reason: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All milestones, over the working days of *country*; nothing is dated before *created*."""

    country: str
    created: date
    milestones: tuple[Milestone, ...]
    dropped: tuple[Dropped, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Milestone]:
        return {each.id: each for each in self.milestones}

    @cached_property
    def ordered(self) -> tuple[Milestone, ...]:
        """Every milestone after those that it depends on."""
        graph = {each.id: each.depends_on for each in self.milestones}
        return tuple(self.by_id[name] for name in TopologicalSorter(graph).static_order())

    def among(self, name: str) -> Milestone:
        """The milestone called *name*.

        Raises:
            BadPlan: there is none.
        """
        if name not in self.by_id:
            raise BadPlan(f"no milestone is called `{name}`", fix=f"one of {', '.join(self.by_id)}")
        return self.by_id[name]

    @classmethod
    def load(cls, root: Path) -> "Plan":
        """The plan of the project in *root*.

        Raises:
            BadPlan: there is none, or it cannot be used; the line and a fix are named.
        """
        return cls.parse(text_of(root / FILE))

    @classmethod
    def parse(cls, text: str) -> "Plan":
        """Understand the text of a plan.

        Raises:
            BadPlan: as for `load`.
        """
        source = Source(FILE, text)
        whole = Table(source, (), source.values())
        whole.knows("plan", "milestones", "dropped")
        head = whole.table("plan")
        head.knows("country", "created")
        created = head.day("created")
        tables = whole.tables("milestones")
        if not tables:
            raise source.wrong(
                ("milestones",), "there are none", "write [[milestones]], one for each"
            )
        dropped = tuple(drop(each) for each in whole.tables("dropped"))
        plan = cls(head.text("country"), created, tuple(map(milestone, tables)), dropped)
        for fault in faults(plan):
            raise source.wrong(*fault)
        return plan


def text_of(path: Path) -> str:
    """What stands in a file of UTF-8 text; a BadPlan says why it cannot be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPlan(
            f"{path.name} cannot be read: {error}",
            why="it holds the promises that others rely on",
            fix="put it back, as UTF-8 text",
        ) from None


def milestone(table: Table) -> Milestone:
    """One `[[milestones]]` table, understood by itself."""
    table.knows(
        *("id", "title", "due", "owner", "consumers", "depends_on", "evidence"),
        *("estimate", "claimed", "notes", "log"),
    )
    consumers = table.texts("consumers")
    if not consumers:
        raise table.wrong(
            "consumers", "nobody waits for it", 'write consumers = ["..."]: who does?'
        )
    return Milestone(
        id=identifier(table),
        title=table.text("title"),
        due=table.day("due"),
        owner=table.text("owner"),
        consumers=consumers,
        depends_on=table.texts("depends_on"),
        evidence=evidence(table.table("evidence")),
        estimate=estimate(table),
        claimed=table.day("claimed") if "claimed" in table.values else None,
        notes=table.text("notes", ""),
        log=tuple(move(each) for each in table.tables("log")),
    )


def identifier(table: Table) -> str:
    """A name of small letters, digits and hyphens, which calendars and charts can keep."""
    name = table.text("id")
    if not (name.isascii() and name.replace("-", "").isalnum() and name == name.lower()):
        raise table.wrong("id", f"`{name}` is no id", "use small letters, digits and hyphens")
    return name


def evidence(table: Table) -> Evidence:
    """What has to hold; at least one thing."""
    kinds = ("gates", "files", "commands", "contracts")
    table.knows(*kinds)
    given = {kind: table.texts(kind) for kind in kinds}
    if not any(given.values()):
        fix = f'write evidence.files = ["..."], or one of {", ".join(kinds)}'
        raise table.source.wrong(table.keys, "nothing would show that it is done", fix)
    for gate in given["gates"]:
        if gate not in GATES:
            raise table.wrong("gates", f"no gate is called `{gate}`", f"one of {', '.join(GATES)}")
    for name in given["files"]:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise table.wrong("files", f"`{name}` leaves the project", "name a file of the project")
    return Evidence(**given)


def estimate(table: Table) -> tuple[float, float, float]:
    """Least, likely and most working days."""
    given: Any = table.values.get("estimate")
    fix = "write estimate = [2, 3, 6]: the least, likely and most working days it takes"
    if not isinstance(given, list) or [type(each) in {int, float} for each in given] != [True] * 3:
        raise table.wrong("estimate", "is not three numbers of days", fix)
    low, likely, high = map(float, given)
    if not 0 <= low <= likely <= high <= 10_000:
        raise table.wrong("estimate", f"{given} does not rise from least to most", fix)
    return low, likely, high


def move(table: Table) -> Move:
    """One `[[milestones.log]]` table."""
    table.knows("date", "from", "to", "reason", "told")
    days = (table.day(key) for key in ("date", "from", "to"))
    return Move(*days, table.text("reason"), told(table))


def drop(table: Table) -> Dropped:
    """One `[[dropped]]` table."""
    table.knows("id", "date", "reason", "told")
    return Dropped(identifier(table), table.day("date"), table.text("reason"), told(table))


def told(table: Table) -> tuple[str, ...]:
    """Who was told; at least somebody."""
    names = table.texts("told")
    if not names:
        raise table.wrong("told", "nobody was told", 'write told = ["..."]: the consumers, by name')
    return names


Fault = tuple[tuple[str | int, ...], str, str]


def faults(plan: Plan) -> Iterator[Fault]:
    """What is wrong between milestones: the place, what, and how to mend it."""
    counts = Counter(each.id for each in plan.milestones)
    for place, each in enumerate(plan.milestones):
        at = ("milestones", place)
        if counts[each.id] > 1:
            yield (*at, "id"), f"`{each.id}` is there twice", "give one of them another id"
        for name in each.depends_on:
            if name not in counts:
                fix = f"one of {', '.join(counts)}"
                yield (*at, "depends_on"), f"no milestone is called `{name}`", fix
        yield from misdated(plan, each, at)
    try:
        TopologicalSorter({each.id: each.depends_on for each in plan.milestones}).prepare()
    except CycleError as error:
        ring = [str(name) for name in error.args[1]][::-1]
        place = list(counts).index(ring[0])
        said = f"{' waits for '.join(ring)}, so none of them can begin"
        yield ("milestones", place, "depends_on"), said, "take one of these dependencies out"


def misdated(plan: Plan, each: Milestone, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """Days before the project was there."""
    days = {"due": each.due} | ({"claimed": each.claimed} if each.claimed else {})
    for key, day in days.items():
        if day < plan.created:
            said = f"{day} lies before the project was created, {plan.created}"
            yield (*at, key), said, "write a later day, or correct `created` under [plan]"
    for place, entry in enumerate(each.log):
        if entry.date < plan.created:
            said = f"{entry.date} lies before the project was created, {plan.created}"
            yield (*at, "log", place, "date"), said, "write the day on which the date moved"
