import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acme_project import served
from acme_project.contract import Contract
from acme_project.errors import Stop
from acme_project.evidence import gathered
from acme_project.gates.finding import Finding
from acme_project.monitoring import table
from acme_project.monitoring.callers import OverHttp
from acme_project.monitoring.detection import RIGHT, Plan, Seen, Trials
from acme_project.monitoring.replay import FAULTS, KINDS, Replay, Source
from acme_project.paths import Paths
from acme_project.rubric.case import Case
from acme_project.rubric.monitoring import CHECKS
from acme_project.studies import detection as study

from conftest import AS_SHIPPED, Workshop

CONTRACT = Contract.load(AS_SHIPPED / "contract.toml")
ROWS = 2000
SENT = pd.DataFrame(
    {
        "age": np.linspace(0, 99, ROWS),
        "general_health": np.where(np.arange(ROWS) % 4, 70.0, np.nan),
        "spending": np.linspace(0, 500, ROWS),
        "sex": np.where(np.arange(ROWS) % 2, "male", "female"),
    }
).astype(object)
TOLD = pd.DataFrame({"next_year_spending": np.linspace(0, 900, ROWS)})


def spoilt(fault: str) -> Replay:
    return FAULTS[fault](Replay(SENT, TOLD), CONTRACT, np.random.default_rng(0))


@pytest.fixture(scope="module")
def trials(finished: Workshop) -> Trials:
    paths = Paths(finished.root)
    return Trials.of(paths, Contract.load(paths.contract))


def test_drift_replays_real_rows_and_leans_to_the_baselines_column() -> None:
    found = spoilt("drift")
    assert set(found.sent["age"]) <= set(SENT["age"])
    assert found.sent["spending"].mean() > SENT["spending"].mean() * 1.2
    ends = TOLD["next_year_spending"][found.sent.index]
    assert (found.told["next_year_spending"].to_numpy() == ends.to_numpy()).all()


def test_drift_of_labels_leaves_inputs_and_outcomes_alone_and_parts_them() -> None:
    found = spoilt("labels")
    pd.testing.assert_frame_equal(found.sent, SENT)
    told = found.told["next_year_spending"].to_numpy()
    assert sorted(told) == sorted(TOLD["next_year_spending"])
    assert abs(np.corrcoef(told, SENT["spending"].astype(float))[0, 1]) < 0.1


def test_a_change_of_schema_renames_one_column() -> None:
    assert set(spoilt("schema").sent) == set(SENT) - {"spending"} | {"spending_v2"}


def test_half_of_the_callers_leave_an_optional_feature_out() -> None:
    missing = spoilt("missing").sent["general_health"].isna()
    assert missing.mean() == pytest.approx(0.25 + 0.75 / 2, abs=0.03)
    assert all(
        "general_health" not in row for row in spoilt("missing").take(np.array([0])).rows()
    ) == bool(missing.iloc[0])


def test_an_outage_sends_one_default() -> None:
    assert set(spoilt("outage").sent["spending"]) == {0.0}


def test_poison_is_plausible_by_column_and_not_by_row() -> None:
    found = spoilt("poison").sent
    mixed = (found["age"].astype(float) / 99 - found["spending"].astype(float) / 500).abs() > 1e-9
    assert 0.25 < mixed.mean() < 0.35
    assert set(found["age"]) <= set(SENT["age"])


def test_every_fault_has_an_alert_that_must_be_raised() -> None:
    assert set(RIGHT) == set(KINDS)


def test_the_fault_begins_where_it_should(trials: Trials) -> None:
    source = Source.of(trials.split, trials.model.manifest)
    replay = source.replay(trials.contract, "outage", (300, 200), seed=3)
    spent = [row["spending"] for row in replay.rows()]
    assert any(spent[:300])
    assert not any(spent[300:])
    same = source.replay(trials.contract, "outage", (300, 200), seed=3)
    assert same.rows() == replay.rows()
    assert source.replay(trials.contract, None, (300, 200), seed=4).rows()[:9] != replay.rows()[:9]


def test_rows_kept_back_are_elsewhere_if_there_are_any(trials: Trials) -> None:
    source = Source.of(trials.split, trials.model.manifest)
    assert len(source.replay(trials.contract, "elsewhere", (10, 20), seed=0).rows()) == 30
    with pytest.raises(Stop, match="no rows are kept back"):
        Source(source.development, None).replay(trials.contract, "elsewhere", (10, 20), seed=0)


def test_monitoring_has_never_seen_whom_it_is_tried_on(trials: Trials) -> None:
    release, source = trials.halves(0)
    rows = trials.split.development
    assert release.reference.rows + len(source.development.sent) == len(rows)
    assert 0.4 < release.reference.rows / len(rows) < 0.6
    replayed = {tuple(sorted(row.items())) for row in source.development.rows()}
    assert len(replayed) > 1000
    everybody = np.unique(rows.cluster)
    assert release.reference.groups < len(everybody) * 0.6


def test_a_fault_is_seen_and_its_absence_is_not(trials: Trials) -> None:
    plan = Plan(before=400, after=1200, every=400)
    found = trials.seen("outage", plan, 1)
    assert (found.rows, found.early) == (400, ())
    assert "input-drift" in found.raised
    nothing = trials.seen(None, plan, 1)
    assert (nothing.rows, nothing.raised, nothing.early) == (None, (), ())


def test_the_study_reports_what_the_rubric_judges(
    copy: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "PLAN", Plan(before=400, after=400, every=400))
    monkeypatch.setattr(study, "KINDS", ("outage", "labels"))
    monkeypatch.setattr(study, "SEEDS", 1)
    monkeypatch.setattr(study, "UNDISTURBED", 1)
    assert copy("study", "--alone", "detection").code == 0
    paths = Paths(copy.root)
    case = Case(Contract.load(paths.contract), gathered(paths), date(2026, 11, 22))
    assert case.report("detection")["kind"] == "simulated"
    assert CHECKS["O2"][0](case) == Finding(
        "1 faults are seen within 400 rows, and nothing in 1 undisturbed replays; simulated"
    )
    # Outcomes come later than a replay of 400 rows ends.
    quality = CHECKS["O7"][0](case)
    assert isinstance(quality, Finding)
    assert quality.faults == ("`labels` goes unseen in 1 of 1 replays",)


def test_undisturbed_rows_are_a_yes_and_leave_no_database(copy: Workshop) -> None:
    before = copy.files()
    answer = copy("simulate", "--rows", "1000")
    assert answer.code == 0
    assert answer.out.startswith("nothing is wrong: linear-")
    assert "  1000 rows: nothing is wrong" in answer.err
    made = {"reports/simulation.html", "reports/simulation.json"}
    assert copy.files() - before == made
    assert json.loads(copy.read("reports/simulation.json"))["kind"] == "simulated"


def test_a_fault_is_a_no_and_the_page_says_that_it_is_simulated(copy: Workshop) -> None:
    answer = copy("simulate", "--fault", "schema", "--rows", "1000")
    assert answer.code == 1
    assert "rows-refused: Rows are refused; 50.0% of the rows, most often for `spending`" in (
        answer.out
    )
    assert "Simulated traffic: schema." in copy.read("reports/simulation.html")


def test_over_http_the_monitor_sees_what_the_service_was_sent(copy: Workshop) -> None:
    with served.service(copy.root) as connection:
        url = f"http://{connection.host}:{connection.port}"
        sent = copy("simulate", "--fault", "schema", "--rows", "800", "--at", "600", "--url", url)
        assert (sent.code, sent.out) == (0, "800 rows are sent\n")
        assert "needs a database of its own" in sent.err
        answer = copy("monitor", "--service", url, "--json")
    report = json.loads(answer.out)
    assert (report["rows"], report["outcomes"]) == (600, 500)
    assert report["refused"] == {"share": 0.25, "fields": {"spending": 200}}
    assert [each["id"] for each in report["alerts"] if each["raised"]] == ["rows-refused"]


@pytest.mark.parametrize("url", ["ftp://here", "127.0.0.1:8000", "http://127.0.0.1:1"])
def test_a_service_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(Stop, match=r"no address of a service|does not answer"):
        OverHttp(url).ask([{}])


def test_the_table_is_put_where_it_stands(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "monitoring.md"
    page.write_text("before\n", "utf-8")
    with pytest.raises(Stop, match="no place for the table"):
        table.write(trials, 1, page)
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", "utf-8")
    monkeypatch.setattr(table, "KINDS", ("outage",))
    monkeypatch.setattr(table, "PLAN", Plan(before=400, after=400, every=200))
    table.write(trials, 1, page)
    lines = page.read_text("utf-8").splitlines()
    assert (lines[0], lines[-2:]) == ("before", [table.END, "after"])
    assert "old" not in lines
    assert lines[-3].startswith("| outage | 1 of 1 | 200 | 200 | input-drift")


def test_what_goes_unseen_is_shown_as_that() -> None:
    found = [Seen("drift", 0, None, (), ()), Seen("drift", 1, 400, ("input-drift",), ("slow",))]
    assert table.row(found) == "| drift | 1 of 2 | 400 | 400 | input-drift, slow | 1 of 2 |"
