"""Random edits of a team's and of a template's: no line is lost, and git would merge alike."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from updating import ANSWERS, START, Team, Template

from modelwright.outlook import foresee
from modelwright.project import Request, opened

ROUNDS = 300 if "SOAK" in os.environ else 12
FILES = ["a.md", "b.md", "lib/c.md", "lib/deep/d.md"]


def change(root: Path, draw: random.Random, mark: str) -> None:
    """Do one to four random edits, whose new lines hold *mark*."""
    for number in range(draw.randint(1, 4)):
        present = sorted(path for path in root.rglob("*.md") if ".git" not in path.parts)
        if not present:
            return
        path = draw.choice(present)
        lines = path.read_text().splitlines(keepends=True)
        at = draw.randrange(len(lines) + 1)
        new = f"{mark} {number} {draw.random()}\n"
        match draw.choice(["insert", "replace", "drop", "delete", "move", "add", "append"]):
            case "insert":
                path.write_text("".join([*lines[:at], new, *lines[at:]]))
            case "replace":
                path.write_text("".join([*lines[:at], new, *lines[at + 1 :]]))
            case "drop":
                path.write_text("".join([*lines[:at], *lines[at + 1 :]]))
            case "delete":
                path.unlink()
            case "move":
                place = root / draw.choice(["", "lib", "other"]) / f"moved{draw.randrange(3)}.md"
                place.parent.mkdir(exist_ok=True)
                if not place.exists():
                    path.rename(place)
            case "add":
                place = root / f"added{draw.randrange(3)}.md"
                place.write_text(new * 3 if not place.exists() else place.read_text() + new)
            case _:
                path.write_text("".join([*lines, new]))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_line_is_lost_and_git_would_merge_alike(tmp_path: Path, seed: int):
    draw = random.Random(seed)
    text = {
        name: "".join(f"{name} {n} {draw.random()}\n" for n in range(draw.randint(3, 25)))
        for name in FILES
    }
    template = Template(
        tmp_path / "template", {name: START[name] for name in ("copier.yml", ANSWERS)} | text
    )
    team = Team(tmp_path / "team", template)
    change(team.folder, draw, "mine")
    team.commit()
    change(template.folder, draw, "theirs")
    template.release("v2.0.0")
    mine = {line for line in every_line(team.folder) if line.startswith("mine")}

    with opened(team.folder) as (repo, _):
        outlook = foresee(repo, Request(structured=False))
        own = ".copier-answers.yml"
        base = {**outlook.base, own: repo.tree(repo.ours)[own]}
        trees = [repo.write(base), repo.ours, repo.write(outlook.theirs)]
        _, ours, theirs = repo.synthetic(trees[0], *trees[1:])
    team.update()

    assert mine <= every_line(team.folder)
    if not outlook.merged.stages:
        merged = by_git(team, tmp_path / "by-git", ours, theirs)
        assert merged in ("", outlook.merged.tree)


def every_line(root: Path) -> set[str]:
    """Return all lines of all files, without what a conflict puts around them."""
    files = (path for path in root.rglob("*.md*") if ".git" not in path.parts)
    return {line for path in files for line in path.read_text().splitlines()}


def by_git(team: Team, folder: Path, ours: str, theirs: str) -> str:
    """Return the tree of git's own merge, or "" where it leaves to us what one side deleted."""
    team.git("worktree", "add", "--quiet", "--detach", folder, ours)
    command = ["git", "-c", "merge.directoryRenames=true", "merge", "--quiet", "--no-edit", theirs]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        return ""
    return subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()
