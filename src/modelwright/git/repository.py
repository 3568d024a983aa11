"""A project's repository: its trees and the merge of three, without touching the work tree."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ..core.errors import Stop
from .mergetree import Unmerged, merge_tree, renamed
from .objects import Entry, Tree, Unwritten
from .plumbing import Git, refuse_old

_NOBODY = "modelwright <modelwright@localhost> 0 +0000"
_GITLINK = "160000"


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
    _trees: dict[str, Tree] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _tip(self) -> tuple[str, str]:
        code, out = self.git.ask("rev-parse", "HEAD^{commit}", "HEAD^{tree}")
        if code:
            raise Stop(
                f"`{self.root}` has no commit yet",
                why="an update merges into what is committed",
                fix="commit the project first",
            )
        commit, tree = out.split()
        return commit, tree

    @property
    def head(self) -> str:
        """Return the commit that is checked out.

        Raises:
            Stop: nothing has been committed yet.

        """
        return self._tip[0]

    @property
    def ours(self) -> str:
        """Return the tree of all that is committed."""
        return self._tip[1]

    @property
    def _algorithm(self) -> str:
        return "sha1" if len(self.head) == 40 else "sha256"  # noqa: PLR2004 - digits of either

    @cached_property
    def state(self) -> Path:
        """Return the folder, inside of git's own, that keeps lock, journal and undo."""
        return self.folder / "modelwright"

    def read(self, path: str, tree: str = "") -> str | None:
        """Return the text of a committed file of the project's, or of *tree*'s; None without."""
        place = f"{tree or self.head}:{self.prefix}{path}"
        code, out = self.git.ask("cat-file", "blob", place, once=True)
        return None if code else out

    def tree(self, oid: str) -> Tree:
        """Return every path of a tree, relative to the repository's root."""
        if oid not in self._trees:
            out = self.git("ls-tree", "-r", "-z", "--full-tree", oid)
            self._trees[oid] = _listed(out)
        return self._trees[oid]

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
            out = git("ls-files", "--stage", "-z")
        return {self.prefix + path: entry for path, entry in _listed(out).items()}

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

    def blob(self, text: str | bytes) -> str:
        """Put *text* into the object store."""
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        return self.git.unwritten.add("blob", content, self._algorithm)

    def write(self, tree: Tree, onto: str = "") -> str:
        """Make a tree of *tree*'s paths, where *onto* is given besides its paths elsewhere."""
        outside = {}
        if onto and self.prefix:
            outside = {
                path: entry
                for path, entry in self.tree(onto).items()
                if not path.startswith(self.prefix)
            }
        whole = {**outside, **tree}
        oid = self.git.unwritten.add_tree(whole, self._algorithm)
        self._trees[oid] = whole
        return oid

    def commit(self, tree: str, message: str, parent: str) -> str:
        """Make a commit of the user's that nothing points at.

        Raises:
            Stop: git does not know who the user is.

        """
        return self.git("commit-tree", tree, "-p", parent, text=message).strip()

    def merge(
        self, base: str, theirs: str, labels: tuple[str, str], ours: Tree | None = None
    ) -> Unmerged:
        """Merge the trees *base*, HEAD or *ours*, and *theirs*; *labels* name the last two."""
        mine = self.ours if ours is None else self.write(ours)
        _, *sides = self.synthetic(base, mine, theirs)
        names = [f"modelwright/{label}" for label in labels]
        merged = merge_tree(self.git, *sides)
        if not merged.stages:
            return merged
        if not self.writes:
            return renamed(merged, dict(zip(sides, names, strict=True)))
        # Conflicts shall bear names, which merge-tree takes from refs alone.
        lines = [f"update refs/{each} {side}\n" for each, side in zip(names, sides, strict=True)]
        self.git("update-ref", "--stdin", text="".join(lines))
        try:
            return merge_tree(self.git.labelled(*names), *names)
        finally:
            gone = [f"delete refs/{each}\n" for each in names]
            self.git("update-ref", "--stdin", text="".join(gone))

    def synthetic(self, base: str, *sides: str) -> list[str]:
        """Make a commit of *base* and its children of *sides*, which nothing points at."""
        by = f"author {_NOBODY}\ncommitter {_NOBODY}\n\nmerged by modelwright\n"
        root = self._commit(f"tree {base}\n{by}")
        return [root, *(self._commit(f"tree {side}\nparent {root}\n{by}") for side in sides)]

    def _commit(self, content: str) -> str:
        return self.git.unwritten.add("commit", content.encode(), self._algorithm)

    def aside(self, folder: Path) -> Repository:
        """Return the same repository, whose new objects go into *folder*, and which has no refs."""
        objects = folder / "objects"
        objects.mkdir()
        git = self.git.among(
            GIT_OBJECT_DIRECTORY=str(objects),
            GIT_ALTERNATE_OBJECT_DIRECTORIES=str(self.objects),
        )
        return replace(self, git=replace(git, unwritten=Unwritten()), writes=False)

    def patch(self, before: str, after: str) -> str:
        """Return the difference of two trees as text, without control characters of files'."""
        return self.git("diff-tree", "-r", "-p", "-M", "--no-ext-diff", "--no-textconv",
                        before, after)  # fmt: skip

    def renames(self, before: str, after: str) -> dict[str, str]:
        """Return, by its new path, the old path of each file that *after* has elsewhere."""
        old, new = self.tree(before).keys(), self.tree(after).keys()
        if not old - new or not new - old:
            return {}
        out = self.git("diff-tree", "-r", "-z", "-M", "-l0", "--diff-filter=R", "--raw",
                       "--no-abbrev", before, after)  # fmt: skip
        words = [word for word in out.split("\0") if word]
        return {words[at + 2]: words[at + 1] for at in range(0, len(words), 3)}

    def dirty(self) -> list[str]:
        """Return the project's files with changes that are not committed."""
        out = self.git(
            "status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames",
            "--ignore-submodules=all", "--", self.prefix or ".",
        )  # fmt: skip
        return sorted(line[3:] for line in out.split("\0") if line)

    def listed(self) -> tuple[set[str], set[str]]:
        """Return every path of the index, and those that git was told not to look at."""
        out = self.git("ls-files", "-v", "-z", "--full-name")
        lines = [line for line in out.split("\0") if line]
        hidden = {line[2:] for line in lines if line[0].islower() or line[0] == "S"}
        return {line[2:] for line in lines}, hidden


def _listed(out: str) -> dict[str, Entry]:
    """Read what `ls-tree` or `ls-files --stage` say with `-z`."""
    found = {}
    for line in filter(None, out.split("\0")):
        meta, _, path = line.partition("\t")
        mode, *_, oid = (word for word in meta.split() if len(word) > 1)
        found[path] = Entry(mode, oid)
    return found


def opened(project: Path, *, trusted: bool = False) -> Repository:
    """Return the repository that *project* lives in.

    Raises:
        Stop: it is in none, or git is missing or too old.

    """
    if not project.is_dir():
        raise Stop(f"there is no folder `{project}`", fix="give the project's folder")
    code, out = Git(project).ask(
        "rev-parse", "--path-format=absolute",
        "--show-toplevel", "--git-dir", "--git-path", "objects", "--show-prefix",
    )  # fmt: skip
    if code:
        refuse_old()
        raise Stop(
            f"`{project}` is not in a git repository: {out}",
            why="an update is a merge, and git makes it",
            fix="`git init`, commit the project, then try again",
        )
    root, folder, objects, prefix = (*out.split("\n"), "")[:4]
    git = Git(Path(root))
    git = git if trusted else git.tamed()
    return Repository(git, Path(root), Path(folder), prefix, Path(objects))
