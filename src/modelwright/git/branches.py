"""Branches that we write and write again, but never over somebody's work."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core.errors import Stop
from ..core.lineage import without_credentials
from .plumbing import Git
from .repository import Repository

# Says what we wrote, so that what somebody changed since can be told from it.
_MARK = "Modelwright-Tree"
_FOUND = re.compile(rf"^{_MARK}: ([0-9a-f]+)$", re.M)


@dataclass(frozen=True)
class Branch:
    """A branch by its name, here or at the remote *url* that this is a mirror of."""

    name: str
    url: str = ""

    @property
    def ref(self) -> str:
        """The name as git's plumbing takes it."""
        return f"refs/heads/{self.name}"


def write(repo: Repository, branch: Branch, tree: str, message: str) -> tuple[str, bool]:
    """Let *branch* be one commit of *tree* on HEAD; return the commit, and whether it is new.

    Raises:
        Stop: somebody else's work is on the branch, or has it checked out, or git refuses.

    """
    tip = _tip(repo, branch)
    parents, there = _described(repo, tip) if tip else ([], "")
    if tip and there == tree and parents == [repo.head]:
        return tip, False
    if tip and not _ours(repo, tip, parents, there):
        raise Stop(
            f"the branch `{branch.name}` holds somebody's work",
            why="writing it again would lose that",
            fix="merge or delete it, or name another with --branch",
        )
    _refuse_checked_out(repo, branch)
    commit = repo.commit(tree, f"{message}\n{_MARK}: {tree}\n", repo.head)
    _point(repo, branch, commit, tip)
    return commit, True


def _tip(repo: Repository, branch: Branch) -> str:
    code, _ = repo.git.ask("check-ref-format", "--branch", branch.name)
    if code:
        raise Stop(f"`{branch.name}` is no name for a branch", fix="choose another")
    code, out = repo.git.ask("rev-parse", "--verify", "--quiet", f"{branch.ref}^{{commit}}")
    return "" if code else out.strip()


def _described(repo: Repository, commit: str) -> tuple[list[str], str]:
    parents, tree = repo.git("log", "-1", "--format=%P%n%T", commit).splitlines()
    return parents.split(), tree


def _ours(repo: Repository, tip: str, parents: list[str], tree: str) -> bool:
    marks = _FOUND.findall(repo.git("log", "-1", "--format=%B", tip))
    return len(parents) == 1 and marks == [tree]


def _refuse_checked_out(repo: Repository, branch: Branch) -> None:
    if f"branch {branch.ref}" in repo.git("worktree", "list", "--porcelain").splitlines():
        raise Stop(
            f"the branch `{branch.name}` is checked out",
            why="its files would no longer be what the branch holds",
            fix="check out another, or name another with --branch",
        )


def _point(repo: Repository, branch: Branch, commit: str, tip: str) -> None:
    if not branch.url:
        code, said = repo.git.ask("update-ref", branch.ref, commit, tip or "0" * len(commit))
        if code:
            raise Stop(f"cannot write the branch `{branch.name}`: {said}", fix="repeat it")
        return
    lease = f"--force-with-lease={branch.ref}:{tip}"
    git = Git(repo.root, repo.git.settings, {"GIT_DIR": str(repo.folder)})
    code, said = git.ask("push", "--quiet", lease, "--", branch.url, f"{commit}:{branch.ref}")
    if code:
        raise Stop(
            f"cannot push `{branch.name}`: {without_credentials(said)}",
            fix="check your access, or repeat it if somebody else pushed meanwhile",
        )
    repo.git("update-ref", branch.ref, commit)
