"""Every rule fires where it should, names the place, and is quiet where it should be."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from audit_trees import CASES

from modelwright import audit
from modelwright.checks import RULES
from modelwright.core.finding import SEVERITIES, Status

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 11, 22)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def judged(folder: Path, rule: str) -> audit.Verdict:
    look = audit.Look(audit.chosen([rule], [], {}), TODAY)
    [verdict] = audit.audit(str(folder), look).verdicts
    return verdict


def test_every_rule_is_in_the_table():
    assert [rule.id for rule in RULES] == sorted(
        CASES, key=lambda name: [int(part) for part in name.removeprefix("MW-P").split("-")]
    )


@pytest.mark.parametrize("rule", CASES)
def test_it_fires_and_names_the_place(rule: str, tmp_path: Path):
    verdict = judged(written(tmp_path, CASES[rule].broken), rule)
    assert verdict.status is Status.FAILED
    found = verdict.findings[0]
    assert (f"{found.path}:{found.line}" if found.line else found.path) == CASES[rule].place


@pytest.mark.parametrize("rule", CASES)
def test_it_is_quiet_where_it_is_kept(rule: str, tmp_path: Path):
    verdict = judged(written(tmp_path, CASES[rule].kept), rule)
    assert (verdict.status, verdict.findings) == (Status.PASSED, ())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_says_what_is_wrong_why_and_how_to_mend_it(rule: audit.Rule):
    assert rule.severity in SEVERITIES
    for text in (rule.why, rule.fix, rule.title + "."):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
    assert 10 < len(rule.title) < 70
