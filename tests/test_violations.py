"""A gate that cannot fail is a defect: each violation turns exactly its own gates red."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import violation_page
from conftest import Modelwright
from project import Outcome, Project
from violation import BEYOND_REACH, Noticed, Violation, Workshop, all_of_them

from modelwright.explain import ml_tests, practices

WORKERS = 2
ALL = all_of_them()
each_violation = pytest.mark.parametrize("violation", ALL, ids=lambda each: each.file.stem)


# Training again takes seconds, and the linear rung wins clearly, so that what turns red is the
# violation's doing. The contract as it is laid out is judged in test_generated.py.
SHORTER = {"ladder": '["rule", "linear"]', "folds": "3", "repeats": "1", "seed": "1"}


def shortened(folder: Path) -> None:
    """Set what SHORTER says in the contract."""
    contract = folder / "contract.toml"
    text = contract.read_text("utf-8")
    for key, value in SHORTER.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
        assert count == 1, key
    contract.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def base(created: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A fresh repository whose pipeline has run; never changed, only copied."""
    project, outcome = created
    assert outcome.exit == 0, outcome.err
    made = Workshop.of(project).copy(tmp_path_factory.mktemp("base") / "churn")
    shortened(made.folder)
    made.commit("Shorten the training")
    return made


@pytest.fixture(scope="module")
def before(base: Workshop) -> Noticed:
    return base.judged("run")


@pytest.fixture(scope="module")
def spoilt(
    base: Workshop,
    before: Noticed,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[dict[str, Future[Noticed]]]:
    """Every chosen violation in a copy of its own, a few at a time."""
    assert not before.red
    names = {item.name for item in request.session.items}
    test = test_exactly_the_right_gates_turn_red.__name__
    chosen = [each for each in ALL if f"{test}[{each.file.stem}]" in names]
    folder = tmp_path_factory.mktemp("spoilt")
    with ThreadPoolExecutor(WORKERS) as pool:
        found = {each.title: pool.submit(spoil, base, each, folder) for each in chosen}
        yield found
        pool.shutdown(cancel_futures=True)
    if "VIOLATIONS" in os.environ:
        violation_page.write({title: future.result() for title, future in found.items()})


def spoil(base: Workshop, violation: Violation, folder: Path) -> Noticed:
    return base.copy(folder / violation.file.stem).notice(violation)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that is laid out, and whose pipeline nobody needs."""
    folder = tmp_path_factory.mktemp("fresh") / "churn"
    modelwright = Modelwright(tmp_path_factory.mktemp("home"))
    assert modelwright("new", folder, "--defaults", "--no-install", "--quiet").exit == 0
    shortened(folder)
    Workshop(folder, Path(sys.executable), modelwright.environment).commit("Shorten the training")
    return folder


@each_violation
def test_a_violation_changes_what_people_write_and_no_evidence(fresh: Path, violation: Violation):
    try:
        violation.change(fresh)
        changed = git(fresh, "status", "--porcelain", "--ignored", "--untracked-files=all")
    finally:
        git(fresh, "reset", "--hard", "--quiet")
        git(fresh, "clean", "-fdxq")
    paths = [line[3:] for line in changed.splitlines()]
    assert paths
    assert not [path for path in paths if path.startswith(BEYOND_REACH)]


def test_every_gate_and_every_check_can_fail():
    broken = Counter(name for each in ALL for name in each.breaks)
    assert not [each.id for each in practices(str) if broken[each.id] < 2]
    failed = {name for each in ALL for name in each.fails}
    assert {each.id for each in ml_tests(str) if each.command} <= failed


def test_the_page_of_violations_is_current():
    assert violation_page.declared() == [violation_page.declaration(each) for each in ALL]


@pytest.mark.slow
def test_nothing_is_red_before_anything_is_broken(before: Noticed):
    assert (before.red, before.failed) == (set(), set()), before.said


@pytest.mark.slow
@each_violation
def test_exactly_the_right_gates_turn_red(violation: Violation, spoilt: dict[str, Future[Noticed]]):
    found = spoilt[violation.title].result()
    assert found.red == set(violation.breaks), found.said
    assert found.cause == next(iter(violation.breaks), None), found.said
    assert found.failed == set(violation.fails), found.said


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
