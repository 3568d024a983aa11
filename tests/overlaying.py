"""An overlay that git keeps, and a desk with a policy that names it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from conftest import Modelwright
from project import Outcome
from updating import LINES, Team, Template, Tree, at, standing, write

RECORD = ".copier-answers.yml"
STORED = "refs/modelwright/base"
START = {
    "ci.yml": LINES.replace("line", "house"),
    "text.md": LINES.replace("line", "ours"),
    "{{ package }}/owner.txt.jinja": "{{ package }} of {{ package|upper }}\n",
}


class House(Tree):
    """An overlay that git keeps."""

    def __init__(self, folder: Path, files: Mapping[str, str] = START) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.change(*(at(path, write(text)) for path, text in files.items()))

    def change(self, *edits) -> str:
        for edit in edits:
            edit(self.folder)
        self.commit()
        return self.git("rev-parse", "HEAD").strip()


class Desk:
    """A folder with a template, an overlay, and a policy that names it."""

    def __init__(self, folder: Path, modelwright: Modelwright) -> None:
        self.folder, self.modelwright = folder, modelwright
        self.template = Template(folder / "template")
        self.house = House(folder / "house")
        self.policy('[[overlays]]\nsource = "house"\n')

    def policy(self, text: str) -> None:
        (self.folder / "acme.toml").write_text(text)

    def __call__(self, *words: str | Path, cwd: Path | None = None) -> Outcome:
        return self.modelwright(*words, "--policy", self.folder / "acme.toml", cwd=cwd)

    def new(self, *words: str, name: str = "team") -> Outcome:
        place = self.folder / name
        fixed = ("--defaults", "--no-install", "--template", str(self.template.folder))
        return self("new", place, *fixed, *words)

    def made(self, name: str = "team") -> Team:
        done = self.new(name=name)
        assert done.exit == 0, done.err
        return standing(self.folder / name)

    def update(self, team: Team, *words: str) -> Outcome:
        return self("update", team.folder, "--commit", *words)


def recorded(team: Team) -> dict:
    return yaml.safe_load(team.read(RECORD))["_modelwright"]
