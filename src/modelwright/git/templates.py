"""Templates' repositories: which versions there are, and the files of one of them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from packaging.version import InvalidVersion, Version

from ..core.errors import Stop
from ..core.lineage import without_credentials
from .addresses import is_elsewhere, refuse_address, spelled_out
from .plumbing import Git

_HEAD = "refs/modelwright/HEAD"
_BASES = "+refs/modelwright/base/*:refs/modelwright/base/*"
_BRANCHES = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+HEAD:{_HEAD}", _BASES)
CLONE_SECONDS = 600


@dataclass(frozen=True)
class Release:
    """The files of a template at one version, which is named as answers files record it."""

    name: str
    commit: str
    folder: Path


@dataclass(frozen=True)
class Origin:
    """A template's repository, here or mirrored here; *near* where it is somebody's clone."""

    url: str
    git: Git
    near: bool
    _laid_out: dict[str, Path] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _tags(self) -> Mapping[str, str]:
        """The commit of each tag that names one."""
        of_tag = "%(objecttype) %(objectname)"
        of_note = "%(*objecttype) %(*objectname)"
        out = self.git(
            "for-each-ref", f"--format=%(refname:strip=2) {of_tag} {of_note}", "refs/tags"
        )
        lines = [line.split() for line in out.splitlines()]
        return {name: words[-1] for name, *words in lines if words[-2] == "commit"}

    @cached_property
    def releases(self) -> list[tuple[Version, str]]:
        """The tags that are versions and no prereleases, oldest first."""
        versions = [(number, tag) for tag in self._tags if (number := parsed(tag))]
        return sorted(each for each in versions if not each[0].is_prerelease)

    @property
    def latest(self) -> str:
        """The newest release, or "" where there is none."""
        return self.releases[-1][1] if self.releases else ""

    def resolve(self, ref: str) -> tuple[str, str]:
        """Return the full commit that *ref* names, and its name as answers files record it.

        Raises:
            Stop: it names none.

        """
        if ref != "HEAD" and ref in self._tags:
            return self._tags[ref], ref
        head = "HEAD" if self.near else _HEAD
        names = [head] if ref == "HEAD" else [f"refs/tags/{ref}", ref, f"refs/remotes/origin/{ref}"]
        for name in names:
            code, out = self.git.ask(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            )
            if not code:
                commit = out.strip()
                return commit, ref if name.startswith("refs/tags/") else self._described(commit)
        if ref == "HEAD":
            raise Stop(
                f"`{without_credentials(self.url)}` has no commit",
                why="it is empty, or the branch that its HEAD names is not there",
                fix="commit something, or name another repository",
            )
        raise Stop(
            f"`{without_credentials(self.url)}` has no version `{ref}`",
            why="its tag was removed, or its history was written anew",
            fix="name another with --to; `git ls-remote --tags` lists them",
        )

    def has_branch(self, name: str) -> bool:
        """Say whether *name* moves on: a branch, and no tag or commit."""
        places = (f"refs/heads/{name}", f"refs/remotes/origin/{name}")
        return any(not self.git.ask("show-ref", "--verify", "--quiet", each)[0] for each in places)

    def _described(self, commit: str) -> str:
        return self.git("describe", "--tags", "--always", commit).strip()

    def lay_out(self, ref: str | None, below: Path) -> None:
        """Extract a version below the folder *below*, for `files`; one that is not there is left.

        What is not committed in somebody's clone is for the rendering to find.
        """
        ref = ref or self.latest
        with suppress(Stop):
            commit, _ = self.resolve(ref or "HEAD")
            if commit not in self._laid_out and (ref or not self.near):
                self.extract(commit, below / commit)
                self._laid_out[commit] = below / commit

    def files(self, commit: str, into: Path) -> Path:
        """Return the folder with all files of *commit*: *into*, unless they are laid out."""
        if (there := self._laid_out.get(commit)) and there.is_dir():
            return there
        self.extract(commit, into)
        return into

    def extract(self, commit: str, into: Path) -> None:
        """Write all files of *commit* into the new folder *into*."""
        into.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
            git = self.git.tamed().among(GIT_WORK_TREE=str(into), GIT_INDEX_FILE=f"{made}/index")
            git("read-tree", "--reset", "-u", commit)


def parsed(name: str) -> Version | None:
    """Return the version that a tag, or what `git describe` says, stands for."""
    described = re.fullmatch(r"(.+)-(\d+)-g(\w+)", name)
    try:
        return Version("{}.post{}+g{}".format(*described.groups()) if described else name)
    except InvalidVersion:
        return None


def origin(url: str, *, offline: bool = False) -> Origin | None:
    """Return the repository at *url*, mirrored where it is remote; None for a plain folder.

    Raises:
        Stop: it cannot be reached, or the address is none.

    """
    refuse_address(url)
    url, remote = spelled_out(url)
    place = Path(url.removeprefix("file://")).expanduser()
    here = not is_elsewhere(str(place))
    if here and place.is_dir():
        return _near(url, place)
    bundle = here and place.is_file()
    if remote or bundle:
        return Origin(url, mirror(str(place) if bundle else url, offline=offline), False)
    return None


def cache() -> Path:
    """Return the folder for what can be fetched or worked out again."""
    if own := os.environ.get("MODELWRIGHT_CACHE_DIR"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "modelwright"


def _near(url: str, place: Path) -> Origin | None:
    code, out = Git(place).ask("rev-parse", "--absolute-git-dir", "--show-prefix")
    if code:
        if (place / ".git").exists():
            raise Stop(
                f"cannot read the repository `{url}`: {out}", fix="check its owner and access"
            )
        return None
    folder, prefix = (*out.split("\n"), "")[:2]
    if prefix:
        return None
    return Origin(url, Git(place).among(GIT_DIR=folder), True)


def mirror(url: str, *, offline: bool = False, kind: str = "templates") -> Git:
    """Return a copy of the repository at *url*, brought up to date by one process at a time.

    Raises:
        Stop: it cannot be reached; the reason holds no password.

    """
    from filelock import FileLock  # noqa: PLC0415 - a template on this machine needs no lock

    digest = hashlib.sha256(without_credentials(url).encode()).hexdigest()
    place = cache() / kind / f"{digest}.git"
    place.parent.mkdir(parents=True, exist_ok=True)
    git = Git(place.parent).among(GIT_DIR=str(place))
    with FileLock(f"{place}.lock", timeout=CLONE_SECONDS):
        if place.exists() and git.ask("rev-parse", "--is-bare-repository") != (0, "true\n"):
            shutil.rmtree(place)  # a copy that a killed process left half-made
        if not place.exists():
            if offline:
                raise Stop(
                    f"`{without_credentials(url)}` was never fetched on this machine",
                    fix="repeat without --offline",
                )
            _fill(git, place, url)
        elif not offline:
            _fetch(git, url)
    return git


def _fill(git: Git, place: Path, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="new-", dir=place.parent) as made:
        fresh = git.among(GIT_DIR=f"{made}/t.git")
        fresh("init", "--quiet", "--bare", f"{made}/t.git")
        fresh("symbolic-ref", "HEAD", _HEAD)
        _fetch(fresh, url)
        Path(made, "t.git").rename(place)


def _fetch(git: Git, url: str) -> None:
    """Fetch; the address, which may hold a password, is written nowhere."""
    code, out = git.ask(
        "fetch", "--quiet", "--prune", "--no-write-fetch-head", "--no-tags", "--", url, *_BRANCHES
    )
    if code:
        raise Stop(
            f"cannot read `{without_credentials(url)}`: {without_credentials(out)}",
            fix="check the address, the version and your access, for example with `git ls-remote`",
        )
