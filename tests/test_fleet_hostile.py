"""Repositories that mean harm: nothing runs, nothing hangs, and each is a row with the reason."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Modelwright
from fleet import Fleet
from updating import Team, at, line, link, write

THEIRS = at("text.md", line(3, "theirs"))
BRANCH = "refs/heads/modelwright/update"
ANSWERS = ".copier-answers.yml"


@pytest.fixture
def fleet(tmp_path: Path, modelwright: Modelwright) -> Fleet:
    return Fleet(tmp_path, modelwright)


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """The file that what must not run would leave."""
    return tmp_path / "ran"


def trap(ran: Path) -> str:
    script = ran.with_name("trap.sh")
    write(f"#!/bin/sh\ntouch {ran}\nexit 1\n", 0o755)(script)
    return str(script)


def test_no_program_that_a_repositorys_settings_name_is_run(fleet: Fleet, ran: Path):
    team, command = fleet.team("alpha"), trap(ran)
    attributes = "* filter=evil diff=evil merge=evil\n"
    team.edit(at(".gitattributes", write(attributes)), at("text.md", line(18, "mine")))
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.gitProxy",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "merge.evil.driver",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "gpg.program",
        "credential.helper",
        "uploadpack.packObjectsHook",
    ):
        team.git("config", name, command)
    for name, value in (
        ("core.hooksPath", str(fleet.folder / "hooks")),
        ("commit.gpgSign", "true"),
        ("log.showSignature", "true"),
        ("core.worktree", "/"),
    ):
        team.git("config", name, value)
    for hook in ("post-checkout", "reference-transaction", "post-commit", "pre-commit"):
        for place in (fleet.folder / "hooks", team.folder / ".git/hooks"):
            write(f"#!/bin/sh\ntouch {ran}\n", 0o755)(place / hook)
    fleet.template.release("v2.0.0", THEIRS)
    ran.unlink(missing_ok=True)  # the commits above were made by the hostile side

    assert fleet.rows("status")["alpha"]["behind"] == 1
    assert fleet.states("--yes") == {"alpha": "updated"}
    assert not ran.exists()

    team.git("config", "--unset", "core.worktree")
    subprocess.run(["git", "status"], cwd=team.folder, capture_output=True, check=False)
    assert ran.exists()  # the trap is armed


def test_a_missing_object_is_not_fetched_by_what_the_repository_names(fleet: Fleet, ran: Path):
    team = fleet.team("alpha")
    blob = team.git("rev-parse", "HEAD:text.md").strip()
    (team.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.url", f"ext::{trap(ran)}"),
        ("remote.evil.uploadpack", trap(ran)),
        ("protocol.ext.allow", "always"),
    ):
        team.git("config", name, value)
    fleet.template.release("v2.0.0", THEIRS)

    # It bites where nothing is held back.
    shown = ["git", "cat-file", "blob", blob]
    subprocess.run(shown, cwd=team.folder, capture_output=True, check=False)
    assert ran.exists()
    ran.unlink()

    for each in (("status",), ("update",), ("update", "--yes")):
        assert fleet(*each).exit in {0, 1}
        assert not ran.exists()


def test_a_bare_repository_cannot_run_anything_either(fleet: Fleet, ran: Path):
    team = fleet.team("alpha")
    bare = fleet.folder / "repos/bare"
    team.git("clone", "--quiet", "--bare", str(team.folder), str(bare))
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external"):
        subprocess.run(["git", "config", name, trap(ran)], cwd=bare, check=True)
    fleet.template.release("v2.0.0", THEIRS)
    assert fleet.states("--yes")["bare"] == "updated"
    assert not ran.exists()


def symlinked(team: Team) -> None:
    team.edit(at(ANSWERS, link("/dev/zero")))


def list_of_answers(team: Team) -> None:
    team.edit(at(ANSWERS, write("- a\n- b\n")))


def python_object(team: Team) -> None:
    team.edit(at(ANSWERS, write("_src_path: !!python/object/apply:os.system ['true']\n")))


def binary(team: Team) -> None:
    team.edit(at(ANSWERS, write(b"\xff\xfe\x00\x80")))


def conflicted(team: Team) -> None:
    text = team.read(ANSWERS)
    team.edit(at(ANSWERS, write(f"<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n")))


def command_for_source(team: Team) -> None:
    team.edit(at(ANSWERS, write("_src_path: ext::sh -c true\n_commit: v1.0.0\n")))


def option_for_source(team: Team) -> None:
    team.edit(at(ANSWERS, write("_src_path: --upload-pack=true\n_commit: v1.0.0\n")))


def option_for_version(team: Team) -> None:
    text = team.read(ANSWERS).replace("v1.0.0", "--output=/tmp/x")
    team.edit(at(ANSWERS, write(text)))


def swapped_source(team: Team) -> None:
    other = team.folder.with_name("other-template")
    shutil.copytree(team.folder.parents[1] / "template", other)
    text = team.read(ANSWERS).replace(str(team.folder.parents[1] / "template"), str(other))
    team.edit(at(ANSWERS, write(text)))
    shutil.rmtree(other / ".git")


def torn_objects(team: Team) -> None:
    shutil.rmtree(team.folder / ".git/objects")
    (team.folder / ".git/objects").mkdir()


def broken_settings(team: Team) -> None:
    append = team.folder / ".git/config"
    append.write_bytes(append.read_bytes() + b"[core\n\xff")


def no_commit(team: Team) -> None:
    team.git("update-ref", "-d", "HEAD")


@pytest.mark.parametrize(
    "spoil",
    [
        symlinked,
        list_of_answers,
        python_object,
        binary,
        conflicted,
        command_for_source,
        option_for_source,
        option_for_version,
        swapped_source,
        torn_objects,
        broken_settings,
        no_commit,
    ],
)
def test_it_is_a_row_with_the_reason_beside_a_good_one(fleet: Fleet, spoil: Callable[[Team], None]):
    fleet.team("good")
    spoil(fleet.team("bad"))
    fleet.template.release("v2.0.0", THEIRS)
    done = fleet("status", "--json")
    rows = fleet.rows("status")
    assert done.exit == 1, done.out
    assert "Traceback" not in done.err
    assert rows["bad"]["problem"]
    assert "fault of modelwright" not in rows["bad"]["problem"]
    assert (rows["good"]["behind"], rows["good"]["problem"]) == (1, "")
    assert fleet.states("--yes") | {"bad": "broken"} == {"good": "updated", "bad": "broken"}


def test_settings_that_never_end_are_given_up(fleet: Fleet):
    fleet.team("good")
    bad = fleet.team("bad")
    os.mkfifo(fleet.folder / "fifo")
    with (bad.folder / ".git/config").open("a") as file:
        file.write(f"[include]\npath = {fleet.folder / 'fifo'}\n")
    began = time.monotonic()
    rows = fleet.rows("status", "--seconds", "5")
    assert time.monotonic() - began < 60
    assert "took more than 5 s" in rows["bad"]["problem"]
    assert rows["good"]["problem"] == ""


def test_a_bomb_of_answers_is_given_up(fleet: Fleet):
    fleet.team("good")
    levels = "\n".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" if n else "a0: &a0 [lol, lol, lol]"
        for n in range(12)
    )
    bad = fleet.team("bad")
    bad.edit(at(ANSWERS, write(bad.read(ANSWERS) + levels + "\n")))
    rows = fleet.rows("status", "--seconds", "20")
    assert rows["bad"]["problem"]
    assert rows["good"]["problem"] == ""


def test_odd_names_and_a_large_file_are_no_trouble(fleet: Fleet):
    team = fleet.team("alpha")
    deep = "/".join(["d"] * 200)
    team.edit(
        at(f"{deep}/x", write("deep")),
        at("large.bin", write(b"\0" * 30_000_000)),
        at("line\nbreak \x1b[31m.txt", write("x")),
        at("out", link("/etc")),
    )
    Path(os.fsdecode(os.fsencode(team.folder) + b"/\xff\xfe.txt")).write_bytes(b"\xff")
    team.commit()
    fleet.template.release("v2.0.0", THEIRS)
    assert fleet.rows("status")["alpha"]["problem"] == ""
    assert fleet.states("--yes") == {"alpha": "updated"}
    names = team.git("diff", "--name-only", "HEAD", BRANCH).split()
    assert names == [ANSWERS, "text.md"]


def test_files_made_to_stop_an_audit_hide_nothing_that_others_show(fleet: Fleet):
    team = fleet.team("alpha")
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    team.edit(
        at("parens.py", write("(" * 300_000)),
        at("unary.py", write(f"x = {'-' * 200_000}1\n")),
        at("null.py", write("x = '\0'\n")),
        at("deep.ipynb", write('{"cells":' * 100_000)),
        at("pyproject.toml", write(f"x = {'[' * 100_000}\n")),
        at(".github/workflows/ci.yml", write(f"a0: &a0 [lol]\n{bomb}\n")),
        at(
            "service.py", write("import pickle, fastapi\napp = fastapi.FastAPI()\npickle.load(f)\n")
        ),
    )
    row = fleet.rows("status")["alpha"]
    assert (row["version"], row["problem"]) == ("v1.0.0", "")
    assert "MW-P3-1" in row["audit"]["error"]


def test_an_audit_that_takes_too_long_takes_no_other_column_with_it(fleet: Fleet):
    team = fleet.team("alpha")
    slow = ("token" * 990 + "\n") * 200
    team.edit(*(at(f"{number}.sh", write(slow)) for number in range(20)))
    fleet.template.release("v2.0.0", THEIRS)
    done = fleet("status", "--seconds", "8", "--json")
    [row] = json.loads(done.out)["repositories"]
    assert (done.exit, row["version"], row["behind"], row["drift"]) == (1, "v1.0.0", 1, 0)
    assert (row["audit"], row["problem"]) == (None, "audit: it took more than 8 s")


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_does_nothing_twice(fleet: Fleet):
    teams = [fleet.team(f"r{number}") for number in range(8)]
    fleet.template.release("v2.0.0", THEIRS)
    command = [sys.executable, "-m", "modelwright", "fleet", "update", "--yes", "--jobs", "1"]
    process = subprocess.Popen(
        command,
        cwd=fleet.folder,
        env=fleet.modelwright.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(_branches(teams)) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(2)  # what it had begun ends
    before = _branches(teams)
    assert len(before) < len(teams)

    states = fleet.states("--yes")

    after = _branches(teams)
    assert set(states.values()) <= {"updated", "unchanged"}
    assert len(after) == len(teams)
    assert after | before == after
    assert set(fleet.states("--yes").values()) == {"unchanged"}


def _branches(teams: list[Team]) -> dict[str, str]:
    tips = {t.folder.name: t.git("for-each-ref", "--format=%(objectname)", BRANCH) for t in teams}
    return {name: tip for name, tip in tips.items() if tip}
