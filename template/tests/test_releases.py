import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from acme_project import artifact, history, releases
from acme_project.errors import Stop
from acme_project.rehearsal import issue
from acme_project.served import PACKAGE

import packaged

A, B, C = packaged.VERSION, "linear-b", "linear-c"
# As many rounds of sudden death as anybody has time for.
ROUNDS = 50 if os.environ.get("SOAK") else 5


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Three verified versions; the first one answers."""
    (tmp_path / "contract.toml").write_text("", "utf-8")
    folder = tmp_path / "models"
    packaged.write(folder)
    for name in (B, C):
        issue(folder, A, name, {})
    return folder


def champion(models: Path) -> str | None:
    return releases.read(models).champion


def test_a_rollback_goes_back_one_promotion_at_a_time(models: Path) -> None:
    releases.promote(models, B, "newer\u2028and\nbetter")
    releases.promote(models, C, "newest")

    assert releases.rollback(models, "bad").version == B
    assert releases.rollback(models, "worse").version == A
    with pytest.raises(Stop, match="no former version"):
        releases.rollback(models, "")

    assert champion(models) == A
    told = [(each.event, each.version, each.former) for each in history.read(models)]
    assert told == [
        ("promote", B, A),
        ("promote", C, B),
        ("rollback", B, C),
        ("rollback", A, B),
    ]


def test_what_was_promoted_twice_is_left_at_once(models: Path) -> None:
    for version in (B, B):
        releases.promote(models, version, "")
    assert releases.rollback(models, "").version == A


def test_after_a_name_by_hand_the_way_leads_back_to_the_last_promotion(models: Path) -> None:
    releases.promote(models, B, "")
    (models / "CURRENT").write_text(f"{C}\n")
    assert releases.rollback(models, "").version == B
    assert releases.rollback(models, "").version == A


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("model.onnx", b"altered", "was altered"),
        ("model.onnx", None, "cannot read"),
        ("manifest.json", b"{", "is not a manifest"),
        ("manifest.json", b'{"project": "another"}', "is not a manifest"),
        ("manifest.json", b'{"format": 2}', "is not a manifest"),
    ],
)
def test_nobody_promotes_tries_or_returns_to_what_cannot_be_verified(
    models: Path, file: str, content: bytes | None, reason: str
) -> None:
    releases.promote(models, B, "")
    releases.promote(models, C, "")
    before = history.read(models)
    (models / B / file).unlink()
    if content is not None:
        (models / B / file).write_bytes(content)

    with pytest.raises(Stop, match=reason):
        releases.promote(models, B, "")
    with pytest.raises(Stop, match=reason):
        releases.start(models, B, 0.1, "")
    with pytest.raises(Stop, match=reason):
        releases.rollback(models, "")

    assert champion(models) == C
    assert history.read(models) == before


def test_a_canary_ends_when_it_or_another_is_promoted_or_taken_back(models: Path) -> None:
    releases.start(models, B, 0.25, "try")
    releases.start(models, C, None, "watch")
    found = releases.read(models)
    assert (found.champion, found.canary and found.canary.share, found.shadow) == (A, 0.25, C)

    assert releases.rollback(models, "odd").version == B
    assert releases.read(models) == releases.Releases(A)

    releases.start(models, B, 0.25, "again")
    releases.promote(models, B, "good")
    assert releases.read(models) == releases.Releases(B)


def test_a_canary_that_was_exchanged_meanwhile_is_not_decided_upon(models: Path) -> None:
    releases.start(models, B, 0.25, "")
    judged = releases.read(models).canary
    releases.start(models, C, 0.25, "")

    with pytest.raises(Stop, match="changed meanwhile"):
        releases.promote(models, B, "", judged)
    with pytest.raises(Stop, match="changed meanwhile"):
        releases.stop(models, "", judged)
    assert champion(models) == A


def test_the_champion_is_no_canary_of_its_own(models: Path) -> None:
    with pytest.raises(Stop, match="no champion to be compared with"):
        releases.start(models, A, 0.1, "")
    with pytest.raises(Stop, match="neither canary nor shadow"):
        releases.stop(models, "")


@pytest.mark.parametrize("content", ["", "{", '{"version": "../x", "share": 0.1, "since": 0}', "5"])
def test_a_broken_canary_is_named_and_can_be_ended(models: Path, content: str) -> None:
    (models / "CANARY").write_text(content)
    with pytest.raises(Stop, match="names no canary"):
        releases.read(models)
    releases.stop(models, "broken")
    assert releases.read(models) == releases.Releases(A)


def run(models: Path, *words: str) -> tuple[str, int]:
    """A command as a user runs it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "acme_project", *words],
        cwd=models.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, done.returncode


def test_the_commands_say_what_answers_from_now_on(models: Path) -> None:
    (models / "LATEST").write_text(f"{B}\n")
    said, code = run(models, "promote")
    assert (code, said.splitlines()) == (
        0,
        [
            f"{B} answers from now on, in the place of {A}",
            "undo: acme-project rollback",
        ],
    )
    assert run(models, "rollback", "--why", "odd answers") == (
        f"{A} answers again, in the place of {B}\n",
        0,
    )
    assert history.read(models)[-1].why == "odd answers"
    said, code = run(models, "promote", "linear-gone")
    assert (code, "linear-gone/manifest.json" in said) == (2, True)


def test_eight_processes_that_promote_at_once_leave_one_history(models: Path) -> None:
    versions = [B, C] * 4
    started = [
        subprocess.Popen([sys.executable, "-m", PACKAGE, "promote", each], cwd=models.parent)
        for each in versions
    ]
    assert [each.wait(60) for each in started] == [0] * 8

    told = history.read(models)
    assert sorted(each.version for each in told) == sorted(versions)
    # Each has seen what the one before it did.
    assert [each.former for each in told] == [A, *(each.version for each in told[:-1])]
    assert champion(models) == told[-1].version


def test_whoever_is_killed_while_promoting_leaves_one_of_the_two(models: Path) -> None:
    """Another process promotes B and C in turn, and dies at a moment of its own."""
    code = (
        "from pathlib import Path; from itertools import cycle\n"
        "from acme_project import releases\n"
        f"for version in cycle(['{B}', '{C}']): "
        "releases.promote(Path('models'), version, ''); print(version, flush=True)"
    )
    for number in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=models.parent, stdout=subprocess.PIPE, text=True
        )
        with process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.013 * number % 0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
            acknowledged = [B, *process.stdout.read().split()][-1]
        found = champion(models)
        assert found in {acknowledged, B if acknowledged == C else C}
        assert artifact.load(models).manifest.version == found
        json.dumps([each.version for each in history.read(models)])
        # The lock died with its owner, and the way back is still known.
        assert releases.rollback(models, "").version != found


def test_a_lock_that_is_not_let_go_is_named(models: Path) -> None:
    with (
        releases.alone(models),
        pytest.raises(Stop, match="another process has been changing"),
        releases.alone(models, seconds=0.01),
    ):
        pass
