from pathlib import Path

import pytest
import yaml

from acme_project.serving.manifests import faults

SERVE = ["acme-project", "serve", "--scaled"]
SECRET = {"name": "OUTCOMES_URL", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
FILE = {"name": "OUTCOMES_URL", "value": "sqlite:///data/outcomes.db"}


def deployed(folder: Path, command: list[str], env: list[object], replicas: int) -> Path:
    """A folder of manifests in which an autoscaler may start so many replicas."""
    container = {"name": "serve", "command": command, "env": env}
    workload = {
        "kind": "Deployment",
        "metadata": {"name": "one"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "one"},
        "spec": {"scaleTargetRef": {"name": "one"}, "maxReplicas": replicas},
    }
    (folder / "kubernetes").mkdir()
    text = yaml.safe_dump_all([workload, scaler])
    (folder / "kubernetes/all.yaml").write_text(text, "utf-8")
    return folder


def test_replicas_with_one_database_that_the_service_insists_on_are_fine(tmp_path: Path) -> None:
    assert faults(deployed(tmp_path, SERVE, [SECRET], 6)) == []


@pytest.mark.parametrize(
    ("command", "env", "complaint"),
    [
        (SERVE, [], "names no server"),
        (SERVE, [FILE], "names no server"),
        (SERVE[:2], [SECRET], "--scaled"),
    ],
)
def test_replicas_that_would_part_what_they_capture_are_refused(
    tmp_path: Path, command: list[str], env: list[object], complaint: str
) -> None:
    (fault,) = faults(deployed(tmp_path, command, env, 2))
    assert complaint in fault


def test_a_single_replica_may_keep_a_file(tmp_path: Path) -> None:
    assert faults(deployed(tmp_path, SERVE[:2], [FILE], 1)) == []


def test_compose_starts_several_only_with_a_server(tmp_path: Path) -> None:
    service = {"environment": {"OUTCOMES_URL": "${OUTCOMES_URL:-sqlite:///x.db}"}}
    several = service | {"deploy": {"replicas": 2}}
    for name, expected in ((service, 0), (several, 1)):
        document = {"services": {"serve": name}}
        (tmp_path / "compose.yaml").write_text(yaml.safe_dump(document), "utf-8")
        assert len(faults(tmp_path)) == expected


def test_what_this_project_deploys_is_fine() -> None:
    assert faults(Path(__file__).parents[1] / "deploy") == []
