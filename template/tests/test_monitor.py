import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acme_project import served
from acme_project.alerts import alerts
from acme_project.contract import Contract
from acme_project.errors import Stop
from acme_project.monitoring import look as looking
from acme_project.monitoring.callers import InProcess, played
from acme_project.monitoring.exposition import Exposition
from acme_project.monitoring.look import Release, Traffic, look
from acme_project.monitoring.replay import Source
from acme_project.monitoring.scrape import Asked, asked
from acme_project.outcomes import Captured, Outcomes
from acme_project.paths import Paths
from acme_project.rows import load

from conftest import Workshop


def live(project: Workshop, fault: str | None = None, rows: int = 1500) -> None:
    """Let a project have been used: its rows, answered and told, are in its database."""
    paths = Paths(project.root)
    contract, release = Contract.load(paths.contract), Release.load(paths.models)
    replay = Source.of(load(paths, contract), release.model.manifest).replay(
        contract, fault, (0, rows), seed=1
    )
    with closing(Outcomes(f"sqlite:///{project.root}/data/outcomes.db")) as outcomes:
        for _ in played(replay, InProcess(release.model, outcomes)):
            pass


@pytest.fixture(scope="module")
def used(finished: Workshop) -> tuple[Release, Traffic, Contract]:
    """A release, what it answered lately and how that turned out."""
    paths = Paths(finished.root)
    contract, release = Contract.load(paths.contract), Release.load(paths.models)
    replay = Source.of(load(paths, contract), release.model.manifest).replay(
        contract, None, (1500, 0), seed=1
    )
    with closing(Outcomes("sqlite://")) as outcomes:
        for _ in played(replay, InProcess(release.model, outcomes)):
            pass
        version = release.model.manifest.version
        return release, Traffic.of(outcomes, version, 1000, Asked()), contract


def raised(
    used: tuple[Release, Traffic, Contract],
    days: float = 0.0,
    grown: Sequence[str] = (),
    **changed: object,
) -> set[str]:
    release, traffic, contract = used
    now = datetime.now(UTC) + timedelta(days)
    report = look(release, replace(traffic, **changed), contract, now, grown)
    return {each["id"] for each in report["alerts"] if each["raised"]}


def other(answers: Sequence[Captured], **features: float) -> list[Captured]:
    return [replace(each, row={**each.row, **features}) for each in answers]


def test_undisturbed_traffic_raises_nothing(used: tuple[Release, Traffic, Contract]) -> None:
    assert raised(used) == set()
    assert raised(used, asked=Asked(1000, Counter(), 1000, 3)) == set()


def test_every_alert_of_a_look_can_be_raised(used: tuple[Release, Traffic, Contract]) -> None:
    release, traffic, contract = used
    lost = [replace(each, outcome={"next_year_spending": 0.0}) for each in traffic.known]
    same = release.model.predict(rows := [each.row for each in other(traffic.answers, age=99.0)])
    aged = [
        replace(each, row=row, probability=said.probability, decision=said.decision)
        for each, row, said in zip(traffic.answers, rows, same, strict=True)
    ]
    wrong = [replace(each, probability=each.probability / 2) for each in traffic.answers[:1]]
    age = contract.service.max_age_days
    found = [
        (raised(used, answers=aged), {"input-drift", "prediction-drift"}),
        (raised(used, known=lost), {"value-short", "outcomes-differ", "group-harmed"}),
        (raised(used, asked=Asked(1000, Counter(age=20))), {"rows-refused"}),
        (raised(used, asked=Asked(1000, Counter(), 1000, 30)), {"service-slow"}),
        (raised(used, answers=[*wrong, *traffic.answers[1:]]), {"answers-change"}),
        (raised(used, days=age - 0.1), set()),
        (raised(used, days=age + 1), {"model-old"}),
        (raised(used, grown=["p95_ms is 9, was 1"]), {"computing-slower"}),
    ]
    for seen, expected in found:
        assert seen == expected
    ours = {name for name, alert in alerts().items() if alert.told_by == "monitor"}
    assert set.union(*(expected for _, expected in found)) == ours


def test_a_database_of_few_rows_is_not_judged(used: tuple[Release, Traffic, Contract]) -> None:
    few = used[1].answers[:199]
    assert raised(used, answers=other(few, age=99.0), known=[]) <= {"answers-change"}
    assert raised(used, answers=[], known=[]) == set()


def test_says_that_nothing_is_wrong_and_writes_three_reports(copy: Workshop) -> None:
    live(copy)
    answer = copy("monitor")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("nothing is wrong: linear-")
    report = json.loads(copy.read("reports/monitor.json"))
    assert (report["kind"], report["rows"], report["outcomes"]) == ("live", 1000, 1000)
    assert "Nothing is wrong" in copy.read("reports/monitor.html")
    assert 'monitor_alert{alert="input-drift"} 0.0' in copy.read("reports/monitor.prom")


def test_an_alert_calls_its_owner_and_names_its_section(copy: Workshop) -> None:
    live(copy, "outage")
    answer = copy("monitor")
    assert answer.code == 1
    assert "input-drift: Inputs are not what the model learned from; spending moved" in answer.out
    assert "for @data-engineering; docs/runbook.md#inputs-drift" in answer.out
    page = copy.read("reports/monitor.html")
    assert "Inputs are not what the model learned from" in page
    assert 'monitor_alert{alert="input-drift"} 1.0' in copy.read("reports/monitor.prom")


def test_json_is_the_report_and_nothing_else(copy: Workshop) -> None:
    answer = copy("monitor", "--json")
    assert answer.code == 0
    assert json.loads(answer.out) == json.loads(copy.read("reports/monitor.json"))
    assert json.loads(answer.out)["quality"]["earned"] is None
    assert json.loads(answer.out)["refused"] is None
    assert "the service was not asked" in copy.read("reports/monitor.html")
    assert "Too few rows to judge" in copy.read("reports/monitor.html")


def test_a_database_that_is_away_is_named(copy: Workshop) -> None:
    answer = copy("monitor", "--outcomes", "sqlite:////proc/no/such.db")
    assert answer.code == 2
    assert "cannot be opened" in answer.err


def test_a_port_without_looking_on_is_refused(copy: Workshop) -> None:
    assert copy("monitor", "--port", "0").code == 2


def test_what_is_not_known_is_not_shown_to_prometheus(
    used: tuple[Release, Traffic, Contract],
) -> None:
    release, traffic, contract = used
    exposition = Exposition()
    exposition.show(look(release, traffic, contract, datetime.now(UTC)))
    assert b"monitor_value_a_row " in exposition.text()
    exposition.show(look(release, replace(traffic, known=[]), contract, datetime.now(UTC)))
    assert b"monitor_value_a_row " not in exposition.text()
    assert b'monitor_psi{feature="all features jointly"}' in exposition.text()


@contextmanager
def watching(project: Workshop) -> Generator[tuple[subprocess.Popen[str], str]]:
    """`monitor --every 1` in a process of its own, and the address of its metrics."""
    words = [sys.executable, "-m", served.PACKAGE, "monitor", "--every", "1", "--port", "0"]
    environment = served.environment(project.root)
    process = subprocess.Popen(
        words, cwd=project.root, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        yield process, process.stderr.readline().split()[3].rstrip(";")
    finally:
        process.kill()
        process.wait()
        process.stderr and process.stderr.close()


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_keeps_looking_and_outlives_what_it_cannot_read(copy: Workshop) -> None:
    live(copy)
    current = copy.root / "models/CURRENT"
    with watching(copy) as (process, url):
        assert process.stderr is not None
        assert process.stderr.readline().startswith("nothing is wrong")
        assert "monitor_rows 1000.0" in fetched(url)
        version = current.read_text("utf-8")
        current.write_text("linear-00000000\n", "utf-8")
        while "manifest.json" not in process.stderr.readline():
            assert process.poll() is None
        assert "monitor_rows 1000.0" in fetched(url)
        current.write_text(version, "utf-8")
        while not process.stderr.readline().startswith("nothing is wrong"):
            assert process.poll() is None


def test_asks_the_service_what_it_refused(finished: Workshop, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(finished.root / "models")
    row = Release.load(tmp_path / "models").model.manifest.example
    with served.service(tmp_path) as connection:
        url = f"http://{connection.host}:{connection.port}"
        before = asked(url, late_ms=100.0)
        for body in ([row] * 3, [row, row | {"age": -1}]):
            connection.request(
                "POST", "/predict", json.dumps({"rows": body}), {"content-type": "application/json"}
            )
            connection.getresponse().read()
        # The answer leaves before it is counted.
        time.sleep(0.2)
        new = asked(url, late_ms=100.0).since(before)
    assert (new.rows, new.fields, new.requests) == (4, Counter(age=1), 2)
    with pytest.raises(Stop, match="does not answer with metrics"):
        asked(url, late_ms=100.0)


def test_a_service_that_started_again_counts_from_nothing() -> None:
    before = Asked(100, Counter(age=5), 90, 1)
    assert Asked(120, Counter(age=7), 110, 1).since(before) == Asked(20, Counter(age=2), 20, 0)
    assert Asked(10, Counter(age=1), 10, 0).since(before) == Asked(10, Counter(age=1), 10, 0)


def test_slowness_is_judged_at_the_end_that_the_contract_promises(
    used: tuple[Release, Traffic, Contract],
) -> None:
    assert looking.LATE == 0.01
    assert raised(used, asked=Asked(0, Counter(), 100, 4)) == set()
    assert raised(used, asked=Asked(0, Counter(), 10_000, 400)) == {"service-slow"}
