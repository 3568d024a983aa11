import json
import re
from typing import Any

import yaml

from conftest import Workshop

RULES = "deploy/prometheus/rules.yml"
PROOF = "deploy/prometheus/rules_test.yml"
BOARD = "deploy/grafana/dashboard.json"


def alerts(project: Workshop) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(project.read(RULES))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def test_every_promise_of_the_contract_moves_its_rule(project: Workshop) -> None:
    assert project("objectives").code == 0
    before = alerts(project)
    project.edit("contract.toml", r"^available = .*", "available = 0.9")
    project.edit("contract.toml", r"^p99_ms = .*", "p99_ms = 250.0")
    project.edit("contract.toml", r"^max_age_days = .*", "max_age_days = 30")

    assert project("objectives").code == 0

    changed = {name for name, rule in alerts(project).items() if rule != before[name]}
    assert changed == {"errors-fast", "errors-slow", "rows-refused", "service-slow", "model-old"}
    assert alerts(project)["service-slow"]["expr"].endswith("> 0.25")
    assert alerts(project)["model-old"]["expr"].endswith("> 30")


def test_a_promise_that_leaves_much_room_can_still_be_broken(project: Workshop) -> None:
    project.edit("contract.toml", r"^available = .*", "available = 0.5")
    project("objectives")

    limits = re.findall(r"> ([\d.]+)", alerts(project)["errors-fast"]["expr"])
    assert all(0.5 < float(limit) < 1 for limit in limits)


def test_check_is_red_until_the_files_are_written_again(project: Workshop) -> None:
    assert project("objectives", "--check").code == 1
    project("objectives")
    assert project("objectives", "--check").code == 0

    project.edit("contract.toml", r"^max_age_days = .*", "max_age_days = 30")
    answer = project("objectives", "--check")

    assert answer.code == 1
    assert all(name in answer.out for name in (RULES, PROOF, BOARD))


def test_every_alert_has_a_role_a_runbook_section_and_a_day_that_proves_it(
    project: Workshop,
) -> None:
    project("objectives")
    roles = {"data_scientist", "data_engineer", "devops_engineer"}
    days = {each["name"] for each in yaml.safe_load(project.read(PROOF))["tests"]}

    for name, rule in alerts(project).items():
        assert rule["labels"]["role"] in roles
        assert rule["annotations"]["runbook"].startswith("docs/runbook.md#")
        assert f"{name} fires" in days


def test_the_dashboard_asks_only_for_what_is_exposed_or_recorded(project: Workshop) -> None:
    project("objectives")
    panels = json.loads(project.read(BOARD))["panels"]
    names = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"\b([a-z_:]+[a-z0-9_:]*)(?=\{)|^(job:[\w:]+)$", target["expr"])
    }
    asked = {first or second for first, second in names}
    recorded = set(re.findall(r"record: (\S+)", project.read(RULES)))
    counted = {"http_requests_total", "predictions_total", "model_info", "model_age_days"}
    watched = {"monitor_value_a_row", "monitor_value_promised", "monitor_psi", "monitor_alert"}

    assert asked <= recorded | counted | watched
    places = [tuple(panel["gridPos"].values()) for panel in panels]
    assert len(set(places)) == len(panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
