"""Prometheus itself reads what the contract promises, and sees what happens to a service."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from project import Project, serving

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-this-test"  # noqa: S105


@pytest.fixture(scope="module")
def watched(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the repository, in which promises can be changed."""
    folder = tmp_path_factory.mktemp("watched") / "churn"
    shutil.copytree(project.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    environment = project.environment | {
        "UV_PROJECT_ENVIRONMENT": str(project.folder / ".venv"),
        "PYTHONPATH": str(folder / "src"),
        "OUTCOMES_URL": f"sqlite:///{folder}/data/outcomes.db",
        "SERVE_TOKEN": TOKEN,
    }
    return Project(folder, environment, project.uv)


def promtool(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["promtool", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_promtool_accepts_what_is_rendered(project: Project):
    folder = project.folder / "deploy/prometheus"

    assert project.churn("objectives", "--check").exit == 0
    assert promtool(folder, "check", "rules", "rules.yml")[0] == 0
    assert promtool(folder, "check", "config", "--syntax-only", "prometheus.yml")[0] == 0
    assert promtool(folder, "test", "rules", "rules_test.yml") == (
        0,
        "Unit Testing:  rules_test.yml\n  SUCCESS\n\n",
    )


@pytest.mark.parametrize("available", ["0.5", "0.9999"])
def test_whatever_is_promised_can_be_seen_to_break(
    project: Project, tmp_path: Path, available: str
):
    folder = tmp_path / "churn"
    shutil.copytree(project.folder / "src", folder / "src")
    text = (project.folder / "contract.toml").read_text()
    text = re.sub(r"(?m)^available = .*", f"available = {available}", text)
    (folder / "contract.toml").write_text(text)
    churn = [project.uv, "run", "--no-sync", "--project", project.folder, "churn"]
    wrote = Project(folder, project.environment, project.uv)(*churn, "objectives")
    assert wrote.exit == 0, wrote.err

    assert promtool(folder / "deploy/prometheus", "test", "rules", "rules_test.yml")[0] == 0


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ('== 0 or absent(up{job="churn"})', '== 7 or absent(up{job="churn"})'),
        ("share_rate3d > ", "share_rate3d > 1"),
        ("p99_rate5m > 0.1", "p99_rate5m > 100"),
        ('alert="input-drift"}) == 1', 'alert="input-drift"}) == 2'),
        ("severity: page", "severity: [page]"),
    ],
)
def test_promtool_finds_a_rule_that_does_not_work(
    project: Project, tmp_path: Path, rule: str, broken: str
):
    folder = shutil.copytree(project.folder / "deploy/prometheus", tmp_path / "prometheus")
    text = (folder / "rules.yml").read_text()
    assert rule in text
    (folder / "rules.yml").write_text(text.replace(rule, broken))

    assert promtool(folder, "test", "rules", "rules_test.yml")[0] != 0


@dataclass(frozen=True)
class Prometheus:
    """A real one, which looks every second; what takes minutes in production takes one here."""

    address: str

    def query(self, expression: str) -> list[dict[str, dict[str, str]]]:
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.address}/api/v1/query?{query}") as answer:  # noqa: S310
            return json.load(answer)["data"]["result"]

    def answers(self) -> bool:
        try:
            self.query("up")
        except OSError:
            return False
        return True

    def firing(self) -> set[str]:
        return {each["metric"]["alertname"] for each in self.query('ALERTS{alertstate="firing"}')}

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"it did not come to it; firing: {self.firing()}"
            time.sleep(0.5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def configured(rendered: Path, folder: Path, targets: dict[str, str]) -> Path:
    """Take what is rendered, with the addresses of this machine and seconds for minutes."""
    rules = (rendered / "rules.yml").read_text()
    (folder / "rules.yml").write_text(re.sub(r"(?m)^(\s+for: )\S+$", r"\g<1>2s", rules))
    (folder / "token").write_text(TOKEN)
    config = yaml.safe_load((rendered / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(folder / "token")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    return folder / "prometheus.yml"


def started(config: Path, life: ExitStack) -> Prometheus:
    """Start Prometheus on this machine's own address."""
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={config.parent / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    ]
    process = life.enter_context(subprocess.Popen(command))
    life.callback(process.terminate)
    prometheus = Prometheus(f"http://{address}")
    end = time.monotonic() + 30
    while not prometheus.answers():
        assert time.monotonic() < end, "Prometheus does not start"
        time.sleep(0.2)
    return prometheus


def test_a_real_prometheus_sees_drift_in_what_a_service_is_asked_and_nothing_else(
    watched: Project, tmp_path: Path
):
    churn = [watched.uv, "run", "--no-sync", "churn"]
    with ExitStack() as life:
        service = life.enter_context(
            serving([*churn, "serve", "--port", "0"], watched.folder, watched.environment)
        )
        monitor = life.enter_context(
            serving(
                [*churn, "monitor", "--every", "2", "--port", "0", "--service", service],
                watched.folder,
                watched.environment,
            )
        )
        targets = {
            "churn": service.removeprefix("http://"),
            "churn-monitor": monitor.removeprefix("http://"),
        }
        config = configured(watched.folder / "deploy/prometheus", tmp_path, targets)
        prometheus = started(config, life)

        good = watched.churn("simulate", "--url", service, "--rows", "2000", "--seed", "1")
        assert good.exit == 0, good.out + good.err
        prometheus.wait(lambda: bool(prometheus.query("monitor_rows >= 1000")))
        time.sleep(5)
        assert prometheus.firing() == set()

        bad = ("--fault", "drift", "--rows", "2000", "--at", "0", "--seed", "2")
        watched.churn("simulate", "--url", service, *bad)
        prometheus.wait(lambda: len(prometheus.firing()) > 1)
        time.sleep(5)
        # Other rows get other answers, so drift shows in both.
        assert prometheus.firing() == {"input-drift", "prediction-drift"}
