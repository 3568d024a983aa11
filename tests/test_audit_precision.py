"""What the audit claims was measured, can be measured again, and decides what runs."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from audit_trees import CASES
from conftest import ROOT, Modelwright
from test_audit_rules import written

from modelwright import audit
from modelwright.checks import RULES, precision
from modelwright.checks.precision import Measured, Tally
from modelwright.core.finding import Status
from modelwright.core.standard import Standard

BENCH = ROOT / "bench"
TODAY = dt.date(2026, 11, 22)
DOUBTED = [rule.id for rule in RULES if rule.doubt]
SHOUT = 'rule = "MW-P4-15"\npath = "shout/run.py"\nseen = "reading"\nwhy = "dropped"\n'
LABELS = """\
project = "shout"
version = "1.0"
sha256 = "{sha256}"
kind = "a module that drops every error, and one that looks like it"

[[label]]
line = 4
breach = true
{shout}
[[label]]
line = 9
breach = true
{shout}
"""
DROPPED = "try:\n    x = 1\n    y = 2\nexcept Exception:\n    pass\n"
SEEDS = """\
rule = "MW-P6-2"

[[seed]]
name = "a scaler on the whole frame"
breach = true
[seed.files]
"a.py" = '''
{leak}'''
"""


def measured(*options: str | Path, program: str = "", **environment: str) -> tuple[int, str]:
    command = ["-c", program] if program else [BENCH / "precision.py"]
    path = os.pathsep.join([str(ROOT / "src"), str(BENCH)])
    done = subprocess.run(
        [sys.executable, *command, *options],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("real", "seeded", "doubt"),
    [
        (Tally(right=8), Tally(right=11), "measured on 19 labelled findings; it takes 20"),
        (Tally(right=9), Tally(right=11), ""),
        (Tally(right=9), Tally(right=9, wrong=2), ""),
        (Tally(right=9), Tally(right=8, wrong=3), "right in 17 of 20 labelled findings"),
        (
            Tally(right=9, wrong=2),
            Tally(right=30),
            "right in 9 of 11 labelled findings of real projects",
        ),
    ],
)
def test_a_rule_runs_when_it_was_right_often_enough(real: Tally, seeded: Tally, doubt: str):
    assert Measured(real, seeded).doubt == doubt


def test_the_interval_is_wilsons():
    low, high = precision.wilson(18, 20)
    assert (round(low, 3), round(high, 3)) == (0.699, 0.972)
    assert precision.wilson(0, 0) == (0.0, 1.0)


def test_what_is_written_is_read_again():
    known = {"MW-P6-2": Measured(Tally(1, 2, 3, 4), Tally(5, 6, 7, 8))}
    assert precision.read(precision.written(known)) == known
    assert [*precision.measured()] == [rule.id for rule in RULES]


def test_the_page_says_of_each_rule_what_the_file_says():
    page = (ROOT / "docs/audit-precision.md").read_text()
    for name, each in precision.measured().items():
        [row] = [line for line in page.splitlines() if line.startswith(f"| [{name}]")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        enough = each.both.findings >= 20 and (each.both.precision or 0) >= 0.9
        assert cells[1:3] == [
            "on" if enough and not each.doubt else "off",
            f"{each.both.right} of {each.both.findings}",
        ]


@pytest.mark.parametrize("rule", DOUBTED)
def test_a_rule_that_is_off_runs_where_it_is_asked_for(rule: str, tmp_path: Path):
    written(tmp_path, CASES[rule].broken)
    every = audit.chosen((), (), {})
    look = audit.looking(every, Standard(), TODAY)
    [seen] = [each for each in audit.audit(str(tmp_path), look).verdicts if each.rule.id == rule]
    assert (seen.status, seen.findings) == (Status.OFF, ())
    assert "labelled findings" in seen.reason
    asked = audit.looking(audit.chosen(["all"], (), {}), Standard(), TODAY, selected=True)
    assert rule in {each.rule.id for each in audit.audit(str(tmp_path), asked).failed}


def test_the_command_says_what_is_off_and_why(modelwright: Modelwright, tmp_path: Path):
    written(
        tmp_path / "p",
        {name: text for rule in DOUBTED for name, text in CASES[rule].broken.items()},
    )
    [repository] = json.loads(modelwright("audit", tmp_path / "p", "--json").out)["repositories"]
    off = [each for each in repository["rules"] if each["status"] == "off"]
    assert [each["id"] for each in off] == DOUBTED
    assert repository["counts"]["off"] == len(DOUBTED)
    assert all("labelled findings" in each["reason"] for each in off)
    assert f"not run: {len(off)} rules" in modelwright("audit", tmp_path / "p").out
    listed = json.loads(modelwright("audit", "--rules", "--json").out)
    assert [each["id"] for each in listed if not each["on"]] == DOUBTED


def test_a_policy_switches_on_what_it_requires(modelwright: Modelwright, tmp_path: Path):
    rule = DOUBTED[0]
    policy = tmp_path / "p.toml"
    policy.write_text(f'[audit]\nrequired = ["{rule}"]\n')
    project = written(tmp_path / "p", CASES[rule].broken)
    said = modelwright("audit", project, "--policy", policy, "--json")
    assert rule in {each["rule"] for each in json.loads(said.out)["findings"]}
    assert said.exit == 1


def archived(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"shout-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


class Index(BaseHTTPRequestHandler):
    """A package index of one project, as PEP 691 has it; what it sends may be another file."""

    listed = ""
    sent = b""

    def do_GET(self) -> None:
        page = {"files": [{"url": "../shout-1.0.tar.gz", "hashes": {"sha256": self.listed}}]}
        asked = self.path == "/simple/shout/"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode() if asked else self.sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[tuple[type[Index], str]]:
    kind = type("OneIndex", (Index,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bench(tmp_path: Path) -> list[str | Path]:
    """Labels of one project that its hash names, and a seed."""
    content = archived({"shout/run.py": DROPPED})
    text = LABELS.format(sha256=hashlib.sha256(content).hexdigest(), shout=SHOUT)
    written(tmp_path, {"labels/shout.toml": text})
    written(tmp_path, {"seeds/MW-P6-2.toml": SEEDS.format(leak=CASES["MW-P6-2"].broken["a.py"])})
    named = ("labels", "seeds", "cache", "out")
    return [part for name in named for part in (f"--{name}", tmp_path / name)]


def test_measured_over_an_archive_and_a_seed(
    index: tuple[type[Index], str], bench: list[str | Path], tmp_path: Path
):
    kind, address = index
    kind.sent = archived({"shout/run.py": DROPPED})
    kind.listed = hashlib.sha256(kind.sent).hexdigest()
    code, said = measured(*bench, UV_DEFAULT_INDEX=address)
    assert code == 0, said
    known = precision.read((tmp_path / "out").read_text())
    assert known["MW-P4-15"].real == Tally(right=1, wrong=0, found=1, missed=1)
    assert known["MW-P6-2"].seeded == Tally(right=1, wrong=0, found=1, missed=0)
    kind.sent = b""
    assert measured(*bench, UV_DEFAULT_INDEX=address)[0] == 0, "it is fetched once"
    assert "MW-P4-11 shout tests: there is no test" in measured(*bench, "--unjudged")[1]
    assert "MW-P4-15 shout missed: shout/run.py:9 dropped" in measured(*bench, "--mistakes")[1]


def test_another_archive_than_the_labelled_one_is_refused(
    index: tuple[type[Index], str], bench: list[str | Path], tmp_path: Path
):
    kind, address = index
    kind.sent = archived({"shout/run.py": "x = 1\n"})
    kind.listed = hashlib.sha256(archived({"shout/run.py": DROPPED})).hexdigest()
    code, said = measured(*bench, UV_DEFAULT_INDEX=address)
    assert (code, "its hash is" in said) == (2, True)
    kind.listed = hashlib.sha256(kind.sent).hexdigest()
    code, said = measured(*bench, UV_DEFAULT_INDEX=address)
    assert (code, "has no file of shout 1.0" in said) == (2, True)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cache").exists()


def test_a_rule_that_is_made_worse_is_measured_as_worse(bench: list[str | Path], tmp_path: Path):
    (tmp_path / "labels/shout.toml").unlink()
    blinded = (
        "import precision\n"
        "from modelwright.checks.rules.leaks import FitBeforeSplit\n"
        "FitBeforeSplit.find = lambda self, files: iter(())\n"
        "precision.main()\n"
    )
    assert measured(*bench, program=blinded)[0] == 0
    known = precision.read((tmp_path / "out").read_text())
    assert known["MW-P6-2"].seeded == Tally(right=0, wrong=0, found=0, missed=1)


@pytest.mark.slow
def test_the_figures_of_the_seeds_are_todays(tmp_path: Path):
    (tmp_path / "labels").mkdir()
    code, said = measured("--labels", tmp_path / "labels", "--out", tmp_path / "out")
    assert code == 0, said
    found = precision.read((tmp_path / "out").read_text())
    recorded = precision.measured()
    assert {name: each.seeded for name, each in found.items()} == {
        name: each.seeded for name, each in recorded.items()
    }
