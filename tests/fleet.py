"""A fleet in a folder."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import Modelwright
from project import Outcome
from updating import Team, Template


class Fleet:
    """A folder with a template, repositories that came from it, and a list of them."""

    def __init__(self, folder: Path, modelwright: Modelwright) -> None:
        self.folder = folder
        self.template = Template(folder / "template")
        self.modelwright = modelwright
        self.list('repositories = ["repos/*"]')

    def team(self, name: str, **answers: str) -> Team:
        return Team(self.folder / "repos" / name, self.template, **answers)

    def list(self, text: str) -> None:
        (self.folder / "fleet.toml").write_text(text + "\n")

    def __call__(self, *arguments: str | Path, **more: str) -> Outcome:
        return self.modelwright("fleet", *arguments, cwd=self.folder, **more)

    def rows(self, *arguments: str | Path) -> dict[str, dict]:
        done = self(*arguments, "--json")
        assert done.out, done.err
        return {row["name"]: row for row in json.loads(done.out)["repositories"]}

    def states(self, *arguments: str | Path) -> dict[str, str]:
        return {name: row["state"] for name, row in self.rows("update", *arguments).items()}
