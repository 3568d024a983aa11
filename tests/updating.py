"""A small template with versions, and a project of a team's that was made from it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modelwright import new
from modelwright.core.lineage import Source
from modelwright.drift import Checked, check
from modelwright.update import Landed, Request, Updated, preview, update

ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
LINES = "".join(f"line {number}\n" for number in range(1, 21))
START = {
    "copier.yml": "package: {type: str, default: churn}\n",
    ANSWERS: "{{ _copier_answers|to_nice_yaml -}}\n",
    "text.md": LINES,
    "other.md": LINES.replace("line", "other"),
    "run.sh": "#!/bin/sh\n" + LINES,
    "{{ package }}/main.py": LINES.replace("line", "main"),
    "{{ package }}/data/deep.txt": LINES.replace("line", "deep"),
}
Edit = Callable[[Path], object]


class Tree:
    """A git repository in a folder, edited in place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def git(self, *arguments: str | Path, **environment: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def commit(self, message: str = "edit") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "--message", message)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def status(self) -> str:
        return self.git("status", "--porcelain")


class Template(Tree):
    """A template, released version by version."""

    def __init__(self, folder: Path, files: Mapping[str, str] = START, **init: str) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main", **init)
        for path, text in files.items():
            write(text)(folder / path)
        self.release("v1.0.0")

    def release(self, version: str, *edits: Edit) -> None:
        for edit in edits:
            edit(self.folder)
        self.commit(version)
        self.git("tag", version)


class Team(Tree):
    """A project that was made from a template."""

    def __init__(self, folder: Path, template: Template, **answers: str) -> None:
        super().__init__(folder)
        plan = new.Plan(Source(str(template.folder), "v1.0.0"), answers, install=False)
        new.new(folder, plan)

    def edit(self, *edits: Edit) -> None:
        for edit in edits:
            edit(self.folder)
        self.commit()

    def update(self, *, commit: bool = False, branch: str = "", **request: Any) -> Updated:
        return update(self.folder, Request(**request), Landed(commit, branch))

    def check(self) -> Checked:
        return check(self.folder, Request())

    def verdicts(self) -> dict[str, str]:
        found = preview(self.folder, Request()).merged.verdicts
        return {path: verdict for path, verdict in found.items() if path != ".copier-answers.yml"}


def standing(folder: Path) -> Team:
    """Return a project that stands in *folder* already."""
    team = object.__new__(Team)
    team.folder = folder
    return team


def at(path: str, *edits: Edit) -> Edit:
    """Return an edit that does all *edits* to the file at *path*."""

    def edit(root: Path) -> None:
        for each in edits:
            each(root / path)

    return edit


def write(text: str | bytes, mode: int = 0o644) -> Edit:
    def edit(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)

    return edit


def line(number: int, text: str) -> Edit:
    """Return an edit that replaces one line."""

    def edit(path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        ending = b"\r\n" if lines[number - 1].endswith(b"\r\n") else b"\n"
        lines[number - 1] = text.encode() + ending
        path.write_bytes(b"".join(lines))

    return edit


def swap(old: str, new: str) -> Edit:
    def edit(path: Path) -> None:
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new).encode())

    return edit


def append(text: str) -> Edit:
    return lambda path: path.write_text(path.read_text() + text)


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def executable(path: Path) -> None:
    path.chmod(0o755)


def crlf(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def move(old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return edit


def link(target: str) -> Edit:
    def edit(path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(root: Path) -> None:
        for each in edits:
            each(root)

    return edit
