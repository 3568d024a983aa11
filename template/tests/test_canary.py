import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acme_project import history, releases
from acme_project.artifact import Model, load
from acme_project.comparison import Look, look
from acme_project.contract import Contract
from acme_project.outcomes import Captured, Outcome, Outcomes
from acme_project.rehearsal import issue
from acme_project.sections import Canary
from acme_project.value import Interval

import packaged
from conftest import AS_SHIPPED, Workshop

A, NEVER, ALIKE = packaged.VERSION, "linear-never", "linear-alike"
RULE = Canary(share=0.5, rows=100, worse=1.0)
CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")
# What acting on a row brings follows from what is spent on it: a quarter, less the call.
WORTH: Outcome = {"next_year_spending": 400.0}
WORTHLESS: Outcome = {"next_year_spending": 0.0}


@pytest.fixture
def project(tmp_path: Path) -> Workshop:
    """A contract, and three versions of one model: the first answers, the second never acts."""
    (tmp_path / "contract.toml").write_text((AS_SHIPPED / "contract.toml").read_text("utf-8"))
    packaged.write(tmp_path / "models")
    issue(tmp_path / "models", A, NEVER, {"threshold": 2.0})
    issue(tmp_path / "models", A, ALIKE, {})
    return Workshop(tmp_path)


def pair(project: Workshop, version: str) -> tuple[Model, Model]:
    return load(project.root / "models", A), load(project.root / "models", version)


def answers(project: Workshop, count: int, version: str, outcome: Outcome | None) -> list[Captured]:
    """Rows on which the champion acts; every other one was answered by the canary."""
    rows = packaged.rows(3 * count + 50)
    decided = load(project.root / "models", A).predict(rows)
    acted = [row for row, answer in zip(rows, decided, strict=True) if answer.decision][:count]
    assert len(acted) == count
    now = time.time()
    return [
        Captured(
            f"{place:032x}",
            version if place % 2 else A,
            "canary" if place % 2 else "champion",
            now + place,
            row,
            0.5,
            decision=True,
            outcome=outcome,
        )
        for place, row in enumerate(acted)
    ]


def test_who_is_worse_beyond_doubt_is_stopped(project: Workshop) -> None:
    seen = look(answers(project, 200, NEVER, WORTH), pair(project, NEVER), CONTRACT, RULE)
    assert (seen.rows, seen.verdict(RULE)) == (100, "stop")
    # Both decide on all 200 rows, and each call that is not made loses 0.25 * 400 - 40.
    assert seen.difference == Interval(-60.0, -60.0, -60.0)


def test_who_does_not_act_where_that_is_wrong_is_promoted(project: Workshop) -> None:
    seen = look(answers(project, 200, NEVER, WORTHLESS), pair(project, NEVER), CONTRACT, RULE)
    assert (seen.difference, seen.verdict(RULE)) == (Interval(40.0, 40.0, 40.0), "promote")


def test_who_decides_alike_is_promoted_and_not_before_there_is_enough(project: Workshop) -> None:
    few = look(answers(project, 198, ALIKE, WORTH), pair(project, ALIKE), CONTRACT, RULE)
    assert (few.rows, few.difference, few.verdict(RULE)) == (99, None, "wait")
    enough = look(answers(project, 200, ALIKE, WORTH), pair(project, ALIKE), CONTRACT, RULE)
    assert (enough.difference, enough.verdict(RULE)) == (Interval(0.0, 0.0, 0.0), "promote")


def test_only_what_has_turned_out_and_was_heard_counts(project: Workshop) -> None:
    known = answers(project, 200, NEVER, WORTH)
    unknown = [replace(each, outcome=None) for each in known]
    shadow = [replace(each, role="shadow") for each in known]
    odd = [replace(each, row={**each.row, "plan": "unheard of"}) for each in known]
    for other in (unknown, shadow, odd):
        assert look(other, pair(project, NEVER), CONTRACT, RULE).rows == 0


def test_looking_more_often_changes_nothing_before_twice_as_many_rows(project: Workshop) -> None:
    known = answers(project, 400, NEVER, WORTH)
    turned = [
        replace(each, outcome=WORTHLESS) if i >= 200 else each for i, each in enumerate(known)
    ]
    models = pair(project, NEVER)

    early = look(turned[:200], models, CONTRACT, RULE)
    between = look(turned[:398], models, CONTRACT, RULE)
    late = look(turned, models, CONTRACT, RULE)

    assert early.difference == between.difference
    assert (early.needed, between.needed, late.needed) == (200, 200, 400)
    assert late.difference != early.difference


def test_all_looks_together_err_no_more_often_than_one_may(project: Workshop) -> None:
    """The canary is worth exactly as much: gains are a coin's, whatever is decided."""
    models, wrong, runs = pair(project, NEVER), 0, 30
    known = answers(project, 400, NEVER, None)
    rule = Canary(share=0.5, rows=25, worse=1000.0)
    for seed in range(runs):
        coin = np.random.default_rng(seed).random(len(known)) < 0.5
        # 320 and 0 are worth 40 and -40.
        fair: list[Outcome] = [{"next_year_spending": 320.0 * side} for side in coin]
        turned = [replace(each, outcome=how) for each, how in zip(known, fair, strict=True)]
        stops = [
            look(turned[:count], models, CONTRACT, rule).verdict(rule) == "stop"
            for count in (50, 100, 200, 400)
        ]
        wrong += any(stops)
    # At most 5 % are expected; 7 of 30 or more would happen once in 1,700 times.
    assert wrong < 7


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-2, -0.1, "stop"), (-0.9, 0.2, "promote"), (-1.1, 0.2, "wait"), (-0.5, -0.1, "stop")],
)
def test_the_rule(low: float, high: float, verdict: str) -> None:
    assert Look(100, 200, Interval(0, low, high)).verdict(RULE) == verdict


def test_the_commands_start_judge_and_end_a_canary(project: Workshop) -> None:
    models, address = project.root / "models", f"sqlite:///{project.root}/outcomes.db"
    project.edit("contract.toml", r"^rows = .*$", "rows = 100")
    assert project("canary", "start", NEVER, "--share", "0.5").code == 0
    assert json.loads(project.read("models/CANARY"))["share"] == 0.5
    assert "0 rows have turned out" in project("canary", "status", "--outcomes", address).out
    answer = project("canary", "decide", "--outcomes", address)
    assert (answer.code, "undecided" in answer.out) == (0, True)

    database = Outcomes(address)
    known = answers(project, 200, NEVER, WORTH)
    database.keep(known)
    database.learn({each.id: WORTH for each in known})
    answer = project("canary", "decide", "--outcomes", address)

    assert (answer.code, "worse beyond doubt" in answer.out) == (1, True)
    assert releases.read(models) == releases.Releases(A)
    assert "worth -60.00" in history.read(models)[-1].why
    assert project("canary", "decide", "--outcomes", address).code == 2
    assert project("canary", "stop").code == 2


def test_a_canary_takes_the_share_of_the_contract_or_none_as_a_shadow(project: Workshop) -> None:
    (project.root / "models/LATEST").write_text(f"{ALIKE}\n")
    assert f"{ALIKE} answers 10% of the traffic" in project("canary", "start").out
    assert f"{NEVER} computes along, unheard" in project("canary", "start", NEVER, "--shadow").out
    found = releases.read(project.root / "models")
    assert (found.canary and found.canary.version, found.shadow) == (ALIKE, NEVER)
    assert project("canary", "stop").code == 0
    assert releases.read(project.root / "models") == releases.Releases(A)
