"""What CI runs each week brings a newer template as a branch, once, and proposes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from updating import Team, Template, at, line, standing, write

from modelwright import render
from modelwright.core.lineage import Source

# What a runner has: uvx, which brings modelwright, and GitHub's own command, which is noted.
UVX = f"""#!/bin/sh
test "$1 $2 $3" = "--exclude-newer 7 days modelwright" || exit 9
shift 3
exec {sys.executable} -m modelwright "$@"
"""
GH = """#!/bin/sh
echo "$@" >> "$NOTED"
test "$1" = auth || cat >> "$NOTED"
"""
# What GitLab's server does with push options is left to GitLab; that they arrive is not.
HOOK = """#!/bin/sh
n=0
while [ $n -lt "$GIT_PUSH_OPTION_COUNT" ]
do eval "echo \\"\\$GIT_PUSH_OPTION_$n\\"" >> "$NOTED"; n=$((n + 1))
done
"""
Run = Callable[[], list[str]]


@pytest.fixture(scope="module", params=["github", "gitlab"])
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The job's steps, from a rendering of the built-in template."""
    made = tmp_path_factory.mktemp("rendered") / "churn"
    with render.opened(Source(), made) as template:
        template.write(template.answer({"ci": request.param}), made)
    if request.param == "gitlab":
        found = yaml.safe_load((made / ".gitlab-ci.yml").read_text())["template"]
        return [{"run": script, "env": found["variables"]} for script in found["script"]]
    found = yaml.safe_load((made / ".github/workflows/template.yml").read_text())
    steps = found["jobs"]["update"]["steps"]
    return [step for step in steps if ".uv/bin/uvx" in str(step) or "gh pr" in str(step)]


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path / "template")


@pytest.fixture
def team(tmp_path: Path, template: Template) -> Team:
    team = Team(tmp_path / "team", template)
    team.edit(at("text.md", line(15, "mine")), at(".gitignore", write(".uv/\n")))
    origin = tmp_path / "origin.git"
    team.git("clone", "--quiet", "--bare", team.folder, origin)
    team.git("remote", "add", "origin", origin)
    standing(origin).git("config", "receive.advertisePushOptions", "true")
    write(HOOK, 0o755)(origin / "hooks/pre-receive")
    return team


@pytest.fixture
def monday(tmp_path: Path, job: list[dict[str, Any]], team: Team) -> Run:
    """Do what the runner does: a fresh clone, then each step; return what was proposed."""

    def run() -> list[str]:
        clone = tmp_path / "runner"
        subprocess.run(["rm", "-rf", clone], check=True)
        team.git("clone", "--quiet", tmp_path / "origin.git", clone)
        write(UVX, 0o755)(clone / ".uv/bin/uvx")
        write(GH, 0o755)(tmp_path / "tools/gh")
        noted, outputs = tmp_path / "noted", dict[str, str]()
        noted.write_text("")
        for step in job:
            if "if" in step and outputs["behind"] != "true":
                continue
            environment = {
                **os.environ,
                "PATH": f"{tmp_path}/tools:{os.environ['PATH']}",
                "NOTED": str(noted),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "CI_PROJECT_URL": str(tmp_path / "origin"),
                "CI_DEFAULT_BRANCH": "main",
                **{key: said(value, outputs) for key, value in step.get("env", {}).items()},
            }
            (tmp_path / "output").write_text("")
            subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                cwd=clone,
                env=environment,
                check=True,
            )
            lines = (tmp_path / "output").read_text().splitlines()
            outputs |= dict(each.split("=", 1) for each in lines)
        return noted.read_text().splitlines()

    return run


def said(value: object, outputs: Mapping[str, str]) -> str:
    """Return a variable as a runner fills it in."""
    text = str(value)
    for name, output in outputs.items():
        text = text.replace(f"${{{{ steps.check.outputs.{name} }}}}", output)
    return text


def test_a_current_project_gets_nothing(monday: Run, team: Team):
    assert monday() == []
    assert "template-" not in team.git("ls-remote", "origin")


def test_a_newer_template_is_pushed_as_a_branch_and_proposed_once(
    monday: Run, template: Template, team: Team
):
    template.release("v2.0.0", at("text.md", line(3, "theirs")))

    proposed = monday()

    assert any("Update to template-v2.0.0" in each for each in proposed)
    team.git("fetch", "--quiet", "origin")
    text = team.git("show", "origin/template-v2.0.0:text.md").splitlines()
    assert (text[2], text[14]) == ("theirs", "mine")
    tip = team.git("rev-parse", "origin/template-v2.0.0")
    assert not any("Update to" in each for each in monday())
    team.git("fetch", "--quiet", "origin")
    assert team.git("rev-parse", "origin/template-v2.0.0") == tip


def test_conflicts_are_proposed_with_their_markers(monday: Run, template: Template, team: Team):
    template.release("v2.0.0", at("text.md", line(15, "theirs")))
    assert any("Update to template-v2.0.0" in each for each in monday())
    team.git("fetch", "--quiet", "origin")
    assert "<<<<<<< " in team.git("show", "origin/template-v2.0.0:text.md")


def test_a_template_out_of_reach_is_red(monday: Run, template: Template):
    template.folder.rename(template.folder.with_name("gone"))
    with pytest.raises(subprocess.CalledProcessError):
        monday()
