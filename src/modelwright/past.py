"""What a project was rendered from: stored by the last update, or found in its history."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .core import replay
from .core.errors import Stop
from .core.lineage import Lineage, without_credentials
from .core.overlay import Overlay, written
from .git import Repository, Tree

FAR_ENOUGH = 50
REFS = "refs/modelwright/base"
_OLD_MARK = re.compile(r"(?m)^_modelwright: \{.*\}\n?")


@dataclass(frozen=True)
class Past:
    """The lineage, the answers that may have been rendered, and the rendering where it is stored.

    `stored` is None where no update stored one, or it was not fetched with the clone.
    """

    lineage: Lineage
    answers: tuple[Mapping[str, Any], ...]
    stored: Tree | None


@dataclass(frozen=True)
class Mark:
    """What an answers file says of what was rendered, besides the version and the answers."""

    commit: str = ""
    base: str = ""
    source: str = ""
    overlays: tuple[Overlay, ...] = ()

    @property
    def known(self) -> Mapping[str, Any]:
        """What there is to say."""
        said = {"commit": self.commit, "base": self.base, "source": self.source}
        listed = {"overlays": written(self.overlays)}
        return {name: value for name, value in (said | listed).items() if value}


def remembered(repo: Repository, lineage: Lineage, file: str) -> Past:
    """Return what is known of the rendering that *repo* was made from."""
    stored = _stored(repo, lineage.base)
    if stored is not None:
        return Past(lineage, (lineage.answers,), stored)
    answers = [each.answers for each in _history(repo, lineage, file)]
    oldest = answers[-1] if answers else lineage.answers
    both = (lineage.answers,) if oldest == lineage.answers else (lineage.answers, oldest)
    return Past(lineage, both, None)


def refuse_swapped(repo: Repository, lineage: Lineage, file: str) -> None:
    """Refuse a template that took the place of another without anybody's consent.

    Raises:
        Stop: naming both.

    """
    known = lineage.consented
    if not known:
        former = _versions(repo, lineage, file)[1:2]
        known = former[0].source.url if former else ""
    now = without_credentials(lineage.source.url)
    if known and without_credentials(known) != now:
        raise Stop(
            f"the template of this project was `{without_credentials(known)}`, and now it is "
            f"`{now}`",
            why="another source may bring anything; somebody has to want that",
            fix=f"if you do: modelwright update --template {now}",
        )


def former(repo: Repository, lineage: Lineage, file: str) -> Lineage | None:
    """Return what was recorded before the present version; None where nothing was."""
    now = lineage.source.ref
    older = (each for each in _versions(repo, lineage, file) if each.source.ref != now)
    return next(older, None)


def nearest(repo: Repository, renderings: Sequence[Tree], file: str) -> int:
    """Return which rendering has most in common with what is committed, but for *file*."""
    ours = dict(repo.tree(repo.ours))
    ours.pop(repo.prefix + file, None)
    common = [len(tree.items() & ours.items()) for tree in renderings]
    return common.index(max(common))


def replayed(repo: Repository, stored: Tree, again: Tree, theirs: Tree) -> tuple[Tree, list[str]]:
    """Return *theirs* with what *stored* has otherwise than the same version rendered *again*.

    What a template takes from the clock or from a secret is then no change of the template's.
    The paths are returned where the two could not be brought together.
    """
    if stored == again:
        return theirs, []
    merged = repo.merge(repo.write(again), repo.write(theirs), ("again", "theirs"), stored)
    result = dict(repo.tree(merged.tree))
    for path in merged.stages:
        result.pop(path, None)
        if path in theirs:
            result[path] = theirs[path]
    return result, sorted(merged.stages)


def fingerprint(repo: Repository, rendering: Tree, file: str) -> str:
    """Put a rendering, without its answers *file*, into the object store; return its tree."""
    bare = {
        path.removeprefix(repo.prefix): entry
        for path, entry in rendering.items()
        if path != repo.prefix + file
    }
    return repo.write(bare)


def signed(text: str, mark: Mark) -> str:
    """Return an answers file that also says what exactly was rendered, where it is a mapping."""
    known = dict(mark.known)
    if Lineage.parse(text, "").replay:
        return replay.signed(text, known)
    text = _OLD_MARK.sub("", text)
    line = "_modelwright: " + yaml.safe_dump(known, default_flow_style=True, width=10**6)
    whole = text + ("" if text.endswith("\n") else "\n") + line
    try:
        before, after = yaml.safe_load(text), yaml.safe_load(whole)
    except yaml.YAMLError:
        return text
    meant = isinstance(before, dict) and after == {**before, "_modelwright": known}
    return whole if meant else text


def note(file: Path, mark: Mark) -> None:
    """Let an answers *file* say *mark*, where there is one."""
    if file.is_file():
        beside = file.with_name(f"{file.name}.new")
        beside.write_text(signed(file.read_text("utf-8"), mark), "utf-8")
        beside.replace(file)


def keep(repo: Repository, base: str, former: str) -> None:
    """Keep the rendering *base* in the repository, and of older ones only the *former*."""
    listed = []
    if former:  # else there is none
        listed = repo.git("for-each-ref", "--format=%(refname)", REFS).split()
    old = [name for name in listed if not name.endswith((f"/{base}", f"/{former or base}"))]
    lines = [f"update {REFS}/{base} {base}\n", *(f"delete {name}\n" for name in old)]
    repo.git("update-ref", "--stdin", text="".join(lines))


def _stored(repo: Repository, base: str) -> Tree | None:
    if not base or repo.git.ask("cat-file", "-e", f"{base}^{{tree}}")[0]:
        return None
    return {repo.prefix + path: entry for path, entry in repo.tree(base).items()}


def _history(repo: Repository, lineage: Lineage, file: str) -> list[Lineage]:
    """Return the older answers under which the recorded version stood, newest first."""
    same = []
    for each in _versions(repo, lineage, file):
        if each.version != lineage.version:
            break
        same.append(each)
    return same


def _versions(repo: Repository, lineage: Lineage, file: str) -> list[Lineage]:
    """Return what the answers file said, newest first; *lineage* is what it says now."""
    place = repo.prefix + file
    out = repo.git("log", f"-{FAR_ENOUGH}", "--format=%H", repo.head, "--", place, once=True)
    found = [lineage]
    for commit in out.split()[1:]:
        try:
            found.append(Lineage.parse(repo.read(file, commit) or "", file))
        except Stop:
            break
    return found
