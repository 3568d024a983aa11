"""The workflow of a fleet: what it says is run, on machines that share only what they hand over."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Modelwright
from fleet import Fleet
from forges import TOKEN, standing_in
from updating import at, line, remove

BIN = Path(sys.executable).parent
PINNED = re.compile(r"uses: (\S+@[0-9a-f]{40} # v\S+)")
BROUGHT = {"Bring modelwright"}


@pytest.fixture
def empty(tmp_path: Path, modelwright: Modelwright) -> Fleet:
    return Fleet(tmp_path, modelwright)


@pytest.fixture
def fleet(tmp_path: Path, empty: Fleet) -> Fleet:
    """Four repositories: one is current, two are behind, and one is broken."""
    found = empty
    found.team("alpha")
    found.team("beta").edit(at("other.md", remove))
    found.team("gone").edit(at(".copier-answers.yml", remove))
    found.template.release("v2.0.0", at("text.md", line(3, "theirs")))
    found.team("delta").update(commit=True)
    found.list(f'repositories = ["{tmp_path}/repos/*"]')
    return found


@dataclass
class Machine:
    """One machine of a CI: a folder with the fleet's file, and the tool where it is brought to."""

    fleet: Fleet
    name: str

    def __post_init__(self) -> None:
        self.folder = self.fleet.folder / "machines" / self.name
        tool = self.folder / ".tool/bin/modelwright"
        tool.parent.mkdir(parents=True)
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelwright "$@"\n')
        own = self.folder.parent / f"{self.name}-bin"
        own.mkdir()
        gh = own / "gh"
        gh.write_text('#!/bin/sh\ntest "$*" = "auth setup-git" && test -n "$GH_TOKEN"\n')
        for each in (tool, gh):
            each.chmod(0o755)
        shutil.copy(self.fleet.folder / "fleet.toml", self.folder)
        self.environment = dict(self.fleet.modelwright.environment)
        self.environment["PATH"] = f"{own}:{self.environment['PATH']}"

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def hand_over(self, pattern: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob(pattern):
            shutil.copy(file, folder)


def written(fleet: Fleet, *options: str) -> dict[Any, Any]:
    done = fleet("workflow", *options)
    assert done.exit == 0, done.err
    return yaml.safe_load(done.out)


def on_github(fleet: Fleet, *, update: bool) -> subprocess.CompletedProcess[str]:
    """Run the steps of each job, as GitHub fills in their expressions."""
    whole = written(fleet, "--shards", "2")
    shards = whole["jobs"]["part"]["strategy"]["matrix"]["shard"]
    page = "--html=fleet.html"
    known = {
        "secrets.FLEET_TOKEN": TOKEN,
        "strategy.job-total": str(len(shards)),
        f"!inputs.update && '{page}' || ''": "" if update else page,
        "!inputs.update": "" if update else "true",
        "inputs.update": "true" if update else "",
        "!cancelled() && !inputs.update && steps.report.outcome != 'skipped'": ""
        if update
        else "true",
    }
    done = subprocess.CompletedProcess[str]([], 0, "", "")
    for job, machines in (("part", shards), ("report", [1])):
        for machine in machines:
            filled = {**known, "matrix.shard": str(machine)}
            here = Machine(fleet, f"{job}-{machine}")
            for step in whole["jobs"][job]["steps"]:
                done = taken(here, step, whole["env"], filled) or done
    return done


def taken(
    machine: Machine, step: dict[str, Any], env: dict[str, str], known: Mapping[str, str]
) -> subprocess.CompletedProcess[str] | None:
    """Take one step, unless its condition is empty; return what its script did."""
    if not expanded(step.get("if", "true"), known):
        return None
    given = {key: expanded(str(value), known) for key, value in step.get("with", {}).items()}
    handed = machine.fleet.folder / "handed"
    if step.get("uses", "").startswith("actions/upload-artifact@"):
        machine.hand_over(given["path"], handed / given["name"])
    elif step.get("uses", "").startswith("actions/download-artifact@"):
        (machine.folder / given["path"]).mkdir()
        for file in handed.glob(f"{given['pattern']}/*"):
            shutil.copy(file, machine.folder / given["path"])
    elif "run" in step and step["name"] not in BROUGHT:
        more = {k: expanded(str(v), known) for k, v in {**env, **step.get("env", {})}.items()}
        more["GITHUB_STEP_SUMMARY"] = str(machine.folder / "summary.md")
        done = machine.run(step["run"], **more)
        assert done.returncode == 0 or step.get("id") == "report", done.stderr
        return done
    return None


def expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], text)


def test_the_shards_of_github_together_are_one_run(fleet: Fleet):
    done = on_github(fleet, update=False)

    alone = fleet("status")
    assert (done.stdout, done.returncode) == (alone.out, alone.exit)
    assert done.returncode == 1
    assert alone.out.startswith("4 repositories: 2 behind, 1 edited, 1 broken\n")
    machine = fleet.folder / "machines/report-1"
    assert "    4 repositories: 2 behind" in (machine / "summary.md").read_text()
    assert (fleet.folder / "handed/fleet/fleet.html").read_text().count("<tr ") == 4
    parts = sorted(each.name for each in (machine / "parts").iterdir())
    assert parts == ["part-1.json", "part-2.json"]


def test_an_update_by_hand_opens_requests_in_shards_and_says_what_became_of_all(fleet: Fleet):
    hosted = fleet.folder / "hosted"
    for each in sorted((fleet.folder / "repos").iterdir()):
        clone = ["git", "clone", "--quiet", "--bare", each, hosted / f"acme/{each.name}.git"]
        subprocess.run(clone, check=True)
    with standing_in() as forge:
        addresses = [f"file://{each}" for each in sorted(hosted.glob("acme/*"))]
        fleet.list(
            f'repositories = {addresses}\n[[forges]]\nkind = "github"\n'
            f'prefix = "file://{hosted}/"\napi = "{forge.address}"'
        )
        done = on_github(fleet, update=True)
    assert done.returncode == 1
    assert done.stdout.startswith("4 repositories: 2 updated, 1 current, 1 broken\n")
    assert len(forge.requests) == 2
    assert "no committed .copier-answers.yml" in done.stdout
    assert not (fleet.folder / "handed/fleet").exists()


def test_the_shards_of_gitlab_together_are_one_run(fleet: Fleet):
    whole = written(fleet, "--ci", "gitlab", "--shards", "2")
    handed = fleet.folder / "handed"
    for number in range(1, whole["status"]["parallel"] + 1):
        machine = Machine(fleet, f"status-{number}")
        helper = whole["default"]["before_script"][2]
        node = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(whole["status"]["parallel"])}
        for script in (helper, *whole["status"]["script"]):
            more = {**whole["variables"], **node, "CI_SERVER_URL": "https://git.acme.example"}
            done = machine.run(f"set -o pipefail\n{script}", **more)
            assert done.returncode == 0, done.stderr
        for pattern in whole["status"]["artifacts"]["paths"]:
            machine.hand_over(pattern, handed)
    machine = Machine(fleet, "report")
    shutil.copytree(handed, machine.folder, dirs_exist_ok=True)
    done = machine.run("\n".join(whole["report"]["script"]))
    alone = fleet("status")
    assert (done.stdout, done.returncode) == (alone.out, alone.exit)
    assert (machine.folder / "fleet.html").exists()


def test_a_token_is_given_to_the_forge_and_written_nowhere(empty: Fleet):
    whole = written(empty, "--ci", "gitlab")
    machine = Machine(empty, "one")
    given = {"CI_SERVER_URL": "https://git.acme.example", "GITLAB_TOKEN": "a-token"}
    done = machine.run(whole["default"]["before_script"][2], **given)
    assert done.returncode == 0, done.stderr
    ask = "printf 'protocol=https\\nhost=%s\\n\\n' {} | git credential fill"
    answer = machine.run(ask.format("git.acme.example"), **given).stdout
    assert "password=a-token" in answer
    elsewhere = machine.run(ask.format("elsewhere.example"), **given, GIT_TERMINAL_PROMPT="0")
    assert "a-token" not in elsewhere.stdout
    settings = Path(machine.environment["GIT_CONFIG_GLOBAL"]).read_text()
    assert "helper" in settings
    assert "a-token" not in settings


@pytest.mark.parametrize("shards", ["1", "2", "200"])
def test_it_fits_the_schemas_and_scanners_find_nothing(empty: Fleet, shards: str):
    folder = empty.folder / "own"
    file = folder / ".github/workflows/fleet.yml"
    file.parent.mkdir(parents=True)
    file.write_text(empty("workflow", "--shards", shards).out)
    other = folder / ".gitlab-ci.yml"
    other.write_text(empty("workflow", "--ci", "gitlab", "--shards", shards).out)
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(other)],
        ["zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github"],
    ):
        done = subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_actions_are_pinned_as_the_templates_are():
    files = (ROOT / "template/.github/workflows").glob("*.yml")
    pinned = {each for file in files for each in PINNED.findall(file.read_text())}
    text = (ROOT / "src/modelwright/fleet/workflows/github.yml").read_text()
    assert text.count("uses: ") == len(PINNED.findall(text))
    own = {*PINNED.findall(text)} - pinned
    assert {each.partition("@")[0] for each in own} == {"actions/download-artifact"}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("/etc/hosts", "cannot stand in a workflow"),
        ("a b.toml", "cannot stand in a workflow"),
        ("${{ github.token }}.toml", "cannot stand in a workflow"),
        ("-x.toml", "cannot stand in a workflow"),
        ("../fleet.toml", "cannot stand in a workflow"),
        ("missing.toml", "there is no `missing.toml`"),
    ],
)
def test_a_file_that_a_workflow_cannot_name_is_refused(empty: Fleet, file: str, said: str):
    done = empty("workflow", f"--fleet={file}")
    assert (done.exit, done.out) == (2, "")
    assert said in done.err


def test_a_fleets_file_may_lie_deeper(empty: Fleet):
    (empty.folder / "infra").mkdir()
    (empty.folder / "infra/fleet.toml").write_text("")
    whole = written(empty, "--fleet", "infra/fleet.toml", "--shards", "3")
    assert whole["env"] == {"FLEET": "infra/fleet.toml"}
    assert whole["jobs"]["part"]["strategy"]["matrix"] == {"shard": [1, 2, 3]}
    whole = written(empty, "--fleet", "infra/fleet.toml", "--shards", "3", "--ci", "gitlab")
    assert whole["variables"]["FLEET"] == "infra/fleet.toml"
    assert [whole[job]["parallel"] for job in ("status", "update")] == [3, 3]


def test_a_shard_without_a_result_is_named_and_no_yes(fleet: Fleet):
    for number in (1, 3):
        done = fleet("status", "--shard", f"{number}/3", "--json")
        (fleet.folder / f"{number}.json").write_text(done.out)
    assert json.loads(done.out)["shard"] == "3/3"
    done = fleet("report", "3.json", "1.json")
    assert done.exit == 1
    assert "the result of shard 2/3 is missing" in done.err
    done = fleet("report", "1.json", "1.json")
    assert (done.exit, "shard 1/3 is there twice" in done.err) == (2, True)
