"""Which repositories a fleet has, from its file."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..core.errors import Stop
from ..core.lineage import Source, without_credentials
from ..forge import TOKENS, Forge
from .organisations import Chosen

_KEYS = {"path", "url", "name", "labels"}


@dataclass(frozen=True)
class Member:
    """One repository: a folder, or an address that is mirrored."""

    name: str
    address: str
    labels: tuple[str, ...] = ()
    remote: bool = False

    @property
    def shown(self) -> str:
        """The address without credentials, as everybody may see it."""
        return without_credentials(self.address)


@dataclass(frozen=True)
class Roster:
    """A fleet: its file, its repositories, and patterns of the templates that they may have.

    `policy` is the file of the one that its own names.
    """

    file: Path
    members: tuple[Member, ...]
    sources: tuple[str, ...] | None = None
    forges: tuple[Forge, ...] = ()
    policy: Path | None = None

    def refuse_source(self, source: Source) -> None:
        """Refuse a template that is none of the fleet's, before anything of it is fetched.

        Raises:
            Stop: naming it.

        """
        url = without_credentials(source.url)
        if self.sources is not None and not any(fnmatchcase(url, each) for each in self.sources):
            raise Stop(
                f"its template `{url}` is none of the fleet's",
                why="a repository may name any address, and somebody has to want it",
                fix=f'add "{url}" to `sources` in {self.file.name}, if you do',
            )

    def among(self, addresses: set[str]) -> Roster:
        """Return the fleet with the members that have one of *addresses*."""
        return replace(self, members=tuple(m for m in self.members if m.shown in addresses))

    def part(self, labels: tuple[str, ...], shard: tuple[int, int], limit: int) -> Roster:
        """Return the fleet with the members that have all *labels*, are in *shard*, up to *limit*.

        A *limit* of 0 is none.
        """
        number, shards = shard
        chosen = [each for each in self.members if {*labels} <= {*each.labels}][
            number - 1 :: shards
        ]
        return replace(self, members=tuple(chosen[: limit or None]))


def read(file: Path, *, offline: bool = False) -> Roster:
    """Return the fleet that *file* lists; *offline*, organisations are as they were listed last.

    Raises:
        Stop: it is not there, is no TOML, or says something else than repositories; or a forge
            does not list an organisation.

    """
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise Stop(
            f"there is no `{file}`",
            why="it lists the repositories of a fleet",
            fix='write one, with a line as repositories = ["../churn", "../services/*"]',
        ) from None
    except (OSError, ValueError) as error:
        raise Stop(f"cannot read `{file}`: {error}", fix="correct it") from error
    if strange := found.keys() - {"repositories", "sources", "forges", "policy"}:
        raise _wrong(file, f"`{min(strange)}` is no key of it")
    listed = found.get("repositories")
    if not isinstance(listed, list) or not listed:
        raise _wrong(file, "`repositories` lists none")
    sources = found.get("sources")
    if sources is not None and not _texts(sources):
        raise _wrong(file, "`sources` has to be a list of addresses")
    policy = found.get("policy")
    if policy is not None and not isinstance(policy, str):
        raise _wrong(file, "`policy` has to be the path of one")
    members = _told_apart(
        {each.address: each for entry in listed for each in _members(entry, file, offline=offline)}
    )
    forges = tuple(_forge(each, file) for each in found.get("forges", []))
    known = None if sources is None else tuple(sources)
    place = file.parent / Path(policy).expanduser() if policy else None
    return Roster(file, members, known, forges, place)


def _told_apart(members: Mapping[str, Member]) -> tuple[Member, ...]:
    """Return *members* by address; those of one name are named with the folders above, too."""
    named = defaultdict[str, list[Member]](list)
    for each in members.values():
        named[each.name].append(each)
    apart = {m.address: name for same in named.values() for m, name in _longer(same)}
    return tuple(replace(each, name=apart[address]) for address, each in members.items())


def _longer(same: list[Member]) -> Iterable[tuple[Member, str]]:
    """Return members of one name with names as long as tell them apart."""
    if len(same) == 1:
        return [(same[0], same[0].name)]
    paths = [re.split("[/:]", each.shown.removesuffix(".git").rstrip("/")) for each in same]
    for depth in range(2, max(map(len, paths))):
        if len({*map(tuple, (path[-depth:] for path in paths))}) == len(same):
            break
    return zip(same, ("/".join(path[-depth:]) for path in paths), strict=True)


def _forge(entry: Any, file: Path) -> Forge:
    if not isinstance(entry, dict) or entry.keys() != {"kind", "prefix", "api"}:
        raise _wrong(file, "each of [[forges]] has a kind, a prefix and an api")
    if not _texts([*entry.values()]) or entry["kind"] not in TOKENS:
        raise _wrong(file, f"the kind of a forge is one of {', '.join(TOKENS)}")
    return Forge(entry["kind"], entry["prefix"], entry["api"].rstrip("/"))


def _members(entry: Any, file: Path, *, offline: bool) -> Iterator[Member]:
    if isinstance(entry, dict) and "organisation" in entry:
        yield from _organised(entry, file, offline=offline)
        return
    if isinstance(entry, str):
        entry = {"url" if "://" in entry or entry.startswith("git@") else "path": entry}
    if not isinstance(entry, dict) or len(entry.keys() & {"path", "url"}) != 1:
        raise _wrong(file, f"{entry!r} is neither a `path` nor a `url` nor an `organisation`")
    if strange := entry.keys() - _KEYS:
        raise _wrong(file, f"`{min(strange)}` is no key of a repository")
    labels = entry.get("labels", [])
    if not _texts(labels) or not _texts([value for k, value in entry.items() if k != "labels"]):
        raise _wrong(file, f"{entry!r} holds something else than texts")
    yield from _found(entry, tuple(labels), file)


def _organised(entry: Mapping[str, Any], file: Path, *, offline: bool) -> Iterator[Member]:
    try:
        chosen = Chosen.of(entry)
    except ValueError as error:
        raise _wrong(file, str(error)) from None
    for each in chosen.repositories(offline=offline):
        labels = tuple(dict.fromkeys((*chosen.labels, *each.topics)))
        yield Member(each.name, each.address, labels, remote=True)


def _found(entry: Mapping[str, str], labels: tuple[str, ...], file: Path) -> Iterator[Member]:
    if url := entry.get("url"):
        name = url.rstrip("/").replace(":", "/").rpartition("/")[2].removesuffix(".git")
        yield Member(entry.get("name") or name, url, labels, remote=True)
        return
    pattern = Path(entry["path"]).expanduser()
    if not set("*?[") & set(entry["path"]):
        place = (file.absolute().parent / pattern).resolve()
        yield Member(entry.get("name") or place.name, str(place), labels)
        return
    root = Path(pattern.anchor) if pattern.is_absolute() else file.absolute().parent
    relative = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
    for place in sorted(root.glob(str(relative))):
        if (place / ".git").exists() or (place / "HEAD").is_file():
            yield Member(place.name, str(place.resolve()), labels)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _wrong(file: Path, why: str) -> Stop:
    return Stop(
        f"`{file}` cannot be used",
        why=why,
        fix='as in: repositories = ["../churn", {url = "https://...", labels = ["risk"]}]',
    )
