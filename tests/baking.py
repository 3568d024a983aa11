"""A cookiecutter template with versions, and projects that cruft and cookiecutter made of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import prompt_for_config
from updating import START, Edit, Team, Template, standing

INNER = "{{ cookiecutter.slug }}"
PACKAGE = "{{ cookiecutter.package }}"
VARIABLES: Mapping[str, Any] = {
    "name": "My Churn",
    "slug": "{{ cookiecutter.name|slugify }}",
    "package": "churn",
}


def baked(files: Mapping[str, str]) -> dict[str, str]:
    """Return files of a Copier template as a cookiecutter template has them."""
    own = {path: text for path, text in files.items() if "copier" not in path}
    return {f"{INNER}/{path.replace('{{ package }}', PACKAGE)}": own[path] for path in own}


class Oven(Template):
    """A cookiecutter template, released version by version."""

    def __init__(
        self, folder: Path, variables: Mapping[str, Any] = VARIABLES, *edits: Edit
    ) -> None:
        texts = {"cookiecutter.json": json.dumps(dict(variables)), **baked(START)}
        super().__init__(folder, texts)
        if edits:
            self.release("v1.0.0+1", *edits)
            self.git("tag", "--force", "v1.0.0")
            self.git("tag", "--delete", "v1.0.0+1")

    def ask(self, **variables: Any) -> Edit:
        """Return an edit that adds or changes variables."""

        def edit(root: Path) -> None:
            file = root / "cookiecutter.json"
            file.write_text(json.dumps({**json.loads(file.read_text()), **variables}))

        return edit


class Crufted(Team):
    """A project as `cruft create` makes it: cookiecutter's rendering and `.cruft.json`."""

    def __init__(self, folder: Path, template: Template, /, **recorded: Any) -> None:
        self.folder = folder
        inner = template.folder / (recorded.get("directory") or "")
        commit = template.git("rev-parse", "HEAD").strip()
        context = generate_context(
            str(inner / "cookiecutter.json"), extra_context=recorded.pop("answers", None)
        )
        context["cookiecutter"] = prompt_for_config(context, no_input=True)
        context["cookiecutter"] |= {"_template": str(template.folder), "_commit": commit}
        made = generate_files(inner, context, folder.parent / "made", accept_hooks=False)
        Path(made).rename(folder)
        state: dict[str, Any] = {
            "template": str(template.folder),
            "commit": commit,
            "checkout": None,
        }
        state |= {"context": context, "directory": None, **recorded}
        (folder / ".cruft.json").write_text(as_cruft(state))
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("start")

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.read(".cruft.json"))


def as_cruft(state: Mapping[str, Any]) -> str:
    """Return what cruft 2.16 writes."""
    return json.dumps(state, ensure_ascii=False, indent=2, separators=(",", ": ")) + "\n"


def cookiecut(template: str | Path, into: Path, home: Path, *options: str) -> Team:
    """Let cookiecutter's own command make a project, and keep its replay file in *home*."""
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(template), "--no-input", *options],
        cwd=into,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        check=True,
    )
    team = standing(into / "my-churn")
    team.git("init", "--quiet", "--initial-branch=main")
    team.commit("start")
    return team
