"""A project's repository: its trees and the merge of three, without touching the work tree."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ..core.errors import Stop
from .plumbing import Git, refuse_old

_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {
        "NAME": "modelwright",
        "EMAIL": "modelwright@localhost",
        "DATE": "@0 +0000",
    }.items()
}
_GITLINK = "160000"


@dataclass(frozen=True, order=True)
class Entry:
    """What a path of a tree holds: git's mode and the object's id."""

    mode: str
    oid: str


Tree = Mapping[str, Entry]


@dataclass(frozen=True)
class Unmerged:
    """The result of a merge: its tree, and for each conflicted path the stages 1, 2, 3.

    *sides* say which names conflicts bear where the sides could not be given any.
    """

    tree: str
    stages: Mapping[str, Mapping[int, Entry]]
    messages: tuple[str, ...]
    sides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Repository:
    """The repository that a project lives in; the project is all of it, or a sub-directory.

    `prefix` is "" or ends with "/".
    """

    git: Git
    root: Path
    folder: Path
    prefix: str
    objects: Path
    writes: bool = True

    @cached_property
    def head(self) -> str:
        """Return the commit that is checked out.

        Raises:
            Stop: nothing has been committed yet.

        """
        code, out = self.git.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if code:
            raise Stop(
                f"`{self.root}` has no commit yet",
                why="an update merges into what is committed",
                fix="commit the project first",
            )
        return out.strip()

    @cached_property
    def ours(self) -> str:
        """Return the tree of all that is committed."""
        return self.git("rev-parse", f"{self.head}^{{tree}}").strip()

    @cached_property
    def state(self) -> Path:
        """Return the folder, inside of git's own, that keeps lock, journal and undo."""
        return self.folder / "modelwright"

    def read(self, path: str, tree: str = "") -> str | None:
        """Return the text of a committed file of the project's, or of *tree*'s; None without."""
        place = f"{tree or self.head}:{self.prefix}{path}"
        code, out = self.git.ask("cat-file", "blob", place)
        return None if code else out

    def tree(self, oid: str) -> Tree:
        """Return every path of a tree, relative to the repository's root."""
        out = self.git("ls-tree", "-r", "-z", "--full-tree", oid)
        found = {}
        for line in filter(None, out.split("\0")):
            meta, _, path = line.partition("\t")
            mode, _, object_id = meta.split()
            found[path] = Entry(mode, object_id)
        return found

    def store(self, folder: Path) -> Tree:
        """Put every file below *folder* into the object store; paths as in `tree`."""
        with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
            git = self.git.among(
                GIT_DIR=str(self.folder),
                GIT_WORK_TREE=str(folder),
                GIT_INDEX_FILE=f"{made}/index",
            )
            settings = {**git.settings, "core.autocrlf": "false", "core.safecrlf": "false"}
            git = Git(folder, {**settings, "core.fileMode": "true"}, git.environment)
            git("add", "--all", "--force", ".")
            oid = git("write-tree").strip()
        return {self.prefix + path: entry for path, entry in self.tree(oid).items()}

    def text(self, entry: Entry) -> str:
        """Return the text of a file."""
        return self.git("cat-file", "blob", entry.oid)

    def extract(self, tree: Tree, into: Path) -> None:
        """Write the project's part of *tree* into the new folder *into*."""
        into.mkdir(parents=True)
        part = {
            path.removeprefix(self.prefix): entry
            for path, entry in tree.items()
            if path.startswith(self.prefix) and entry.mode != _GITLINK
        }
        oid = replace(self, prefix="").write(part)
        with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
            git = self.git.among(
                GIT_DIR=str(self.folder), GIT_WORK_TREE=str(into), GIT_INDEX_FILE=f"{made}/index"
            )
            git("read-tree", "--reset", "-u", oid)

    def blob(self, text: str) -> str:
        """Put *text* into the object store."""
        return self.git("hash-object", "-w", "--no-filters", "--stdin", text=text).strip()

    def write(self, tree: Tree, onto: str = "") -> str:
        """Make a tree of *tree*'s paths, where *onto* is given besides its paths elsewhere."""
        outside = {}
        if onto and self.prefix:
            outside = {
                path: entry
                for path, entry in self.tree(onto).items()
                if not path.startswith(self.prefix)
            }
        lines = (f"{e.mode} {e.oid}\t{path}\0" for path, e in {**outside, **tree}.items())
        with tempfile.TemporaryDirectory(prefix="modelwright-") as made:
            git = self.git.among(GIT_INDEX_FILE=f"{made}/index")
            git("update-index", "-z", "--index-info", text="".join(lines))
            return git("write-tree", "--missing-ok").strip()

    def commit(self, tree: str, message: str, parents: Iterable[str] = (), *, own: bool) -> str:
        """Make a commit that nothing points at; *own* names the user, else it is always the same.

        Raises:
            Stop: git does not know who the user is.

        """
        options = [word for parent in parents for word in ("-p", parent)]
        git = self.git if own else self.git.among(**_AUTHOR)
        return git("commit-tree", tree, *options, text=message).strip()

    def merge(
        self, base: str, theirs: str, labels: tuple[str, str], ours: Tree | None = None
    ) -> Unmerged:
        """Merge the trees *base*, HEAD or *ours*, and *theirs*; *labels* name the last two."""
        mine = self.ours if ours is None else self.write(ours)
        root = self.commit(base, "base", own=False)
        sides = [self.commit(tree, "side", [root], own=False) for tree in (mine, theirs)]
        if not self.writes:
            named = {
                side: f"modelwright/{label}" for side, label in zip(sides, labels, strict=True)
            }
            return replace(_merge_tree(self.git, *sides), sides=named)
        names = [f"modelwright/{label}" for label in labels]
        lines = [f"update refs/{each} {side}\n" for each, side in zip(names, sides, strict=True)]
        self.git("update-ref", "--stdin", text="".join(lines))
        try:
            return _merge_tree(self.git.labelled(*names), *names)
        finally:
            gone = [f"delete refs/{each}\n" for each in names]
            self.git("update-ref", "--stdin", text="".join(gone))

    def aside(self, folder: Path) -> Repository:
        """Return the same repository, whose new objects go into *folder*, and which has no refs."""
        objects = folder / "objects"
        objects.mkdir()
        git = self.git.among(
            GIT_OBJECT_DIRECTORY=str(objects),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(self.objects),
        )
        return replace(self, git=git, writes=False)

    def patch(self, before: str, after: str) -> str:
        """Return the difference of two trees as text, without control characters of files'."""
        return self.git("diff-tree", "-r", "-p", "-M", "--no-ext-diff", "--no-textconv",
                        before, after)  # fmt: skip

    def renames(self, before: Tree, after: Tree) -> dict[str, str]:
        """Return, by its new path, the old path of each file that *after* has elsewhere."""
        gone = {path: entry for path, entry in before.items() if path not in after}
        come = {path: entry for path, entry in after.items() if path not in before}
        if not gone or not come:
            return {}
        trees = [self.write(each) for each in (gone, come)]
        out = self.git("diff-tree", "-r", "-z", "-M", "-l0", "--raw", "--no-abbrev", *trees)
        words = iter(out.split("\0"))
        found = {}
        for word in words:
            if status := word.rpartition(" ")[2]:
                old = next(words)
                if status[0] == "R":
                    found[next(words)] = old
        return found

    def dirty(self) -> list[str]:
        """Return the project's files with changes that are not committed."""
        out = self.git(
            "status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames",
            "--ignore-submodules=all", "--", self.prefix or ".",
        )  # fmt: skip
        return sorted(line[3:] for line in out.split("\0") if line)

    def hidden(self) -> set[str]:
        """Return the files that git was told not to look at, though they may have changed."""
        out = self.git("ls-files", "-v", "-z", "--full-name")
        lines = (line for line in out.split("\0") if line)
        return {line[2:] for line in lines if line[0].islower() or line[0] == "S"}

    def tracked(self) -> set[str]:
        """Return every path of the index."""
        return set(filter(None, self.git("ls-files", "-z", "--full-name").split("\0")))


def opened(project: Path, *, trusted: bool = False) -> Repository:
    """Return the repository that *project* lives in.

    Raises:
        Stop: it is in none, or git is missing or too old.

    """
    refuse_old()
    if not project.is_dir():
        raise Stop(f"there is no folder `{project}`", fix="give the project's folder")
    code, out = Git(project).ask(
        "rev-parse", "--path-format=absolute",
        "--show-toplevel", "--git-dir", "--git-path", "objects", "--show-prefix",
    )  # fmt: skip
    if code:
        raise Stop(
            f"`{project}` is not in a git repository: {out}",
            why="an update is a merge, and git makes it",
            fix="`git init`, commit the project, then try again",
        )
    root, folder, objects, prefix = (*out.split("\n"), "")[:4]
    git = Git(Path(root))
    git = git if trusted else git.tamed()
    return Repository(git, Path(root), Path(folder), prefix, Path(objects))


def _merge_tree(git: Git, *sides: str) -> Unmerged:
    code, out = git.ask("merge-tree", "--write-tree", "--allow-unrelated-histories", "-z", *sides)
    if code > 1:
        raise Stop(f"git could not merge: {out}")
    return _unmerged(out)


def _unmerged(out: str) -> Unmerged:
    """Read what `merge-tree -z` says: the tree, the stages, and messages."""
    tree, _, rest = out.partition("\0")
    listed, _, told = rest.partition("\0\0")
    stages: dict[str, dict[int, Entry]] = {}
    for line in filter(None, listed.split("\0")):
        found = re.fullmatch(r"(\d+) ([0-9a-f]+) ([123])\t(.*)", line, re.S)
        if found is None:
            told = rest
            break
        mode, oid, stage, path = found.groups()
        stages.setdefault(path, {})[int(stage)] = Entry(mode, oid)
    return Unmerged(tree, stages, tuple(_messages(told)))


def _messages(told: str) -> Iterable[str]:
    """Yield the sentences: each comes after a count of paths, the paths and a kind."""
    words = told.split("\0")
    while words and words[0].strip().isdigit():
        count = int(words[0])
        yield words[count + 2].strip()
        words = words[count + 3 :]
