"""A person at a terminal is asked, sees a summary, and can leave at any time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pexpect
import yaml
from conftest import Modelwright

if TYPE_CHECKING:
    from pathlib import Path


def test_an_interrupt_leaves_nothing_behind(modelwright: Modelwright, tmp_path: Path):
    child = pexpect.spawn(
        sys.executable,
        ["-m", "modelwright", "new", str(tmp_path / "churn"), "--no-install"],
        env={**modelwright.environment, "TERM": "xterm"},
        timeout=30,
    )
    child.expect("What is the project called")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130
    assert b"nothing is half-written" in (child.before or b"")
    assert not list(tmp_path.iterdir())


def test_a_person_is_asked_and_sees_a_summary_first(modelwright: Modelwright, tmp_path: Path):
    child = pexpect.spawn(
        sys.executable,
        ["-m", "modelwright", "new", str(tmp_path / "churn"), "--no-install", "--no-git"],
        env={**modelwright.environment, "TERM": "xterm"},
        dimensions=(50, 200),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("What is the project called")
    child.expect("Churn")
    child.send(" Radar")
    child.send("\r")
    reasons = [
        "Which business objective", "What is it measured in", "What is the project",
        "Who are data scientist", "Which teams use", "Whose working days", "When must it be",
        "Which parts", "Which CI", "Where does the service", "Under which licence",
    ]  # fmt: skip
    for reason in reasons:
        child.expect(reason)
        child.send("\r")
    child.expect("Write the repository")
    assert not list(tmp_path.iterdir())
    child.send("y")
    child.expect("is laid out")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0
    answers = yaml.safe_load((tmp_path / "churn/.copier-answers.yml").read_text())
    assert answers["title"] == "Churn Radar"


def test_an_answer_is_judged_as_it_is_typed(modelwright: Modelwright, tmp_path: Path):
    child = pexpect.spawn(
        sys.executable,
        ["-m", "modelwright", "new", str(tmp_path / "churn"), "--no-install"],
        env={**modelwright.environment, "TERM": "xterm"},
        dimensions=(50, 200),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("What is the project called")
    child.send("\x7f" * len("Churn") + "?\r")
    child.expect("no letter and no digit")
    child.sendintr()
    child.expect(pexpect.EOF)
