"""What is rendered for production: manifests that fit their schemas, roll-outs that go back."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from grafana_foundation_sdk.cog import encoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from modelwright import render
from modelwright.core.lineage import Source

KUBERNETES = "1.34"
NEW = ("registry.example.org/serve@sha256:1", "registry.example.org/jobs@sha256:2")
# Stands for docker or kubectl: notes what it is asked, says which image runs, and lets whatever
# contains FAILS go wrong. No cluster and no container engine is at hand.
TOOL = """#!/bin/sh
echo "${IMAGE:-} $0 $*" | sed 's|/[^ ]*/||' >> "$CALLS"
case "$*" in
    *" ps "*) echo "registry.example.org/serve@sha256:0" ;;
    kustomize*) printf 'image: churn\\nimage: churn-jobs\\n' ;;
    "apply --filename -") cat >> "$CALLS" ;;
esac
case "$*" in *"$FAILS"*) exit 1 ;; esac
"""


def rendered(folder: Path, deploy: str) -> Path:
    with render.opened(Source(), folder) as template:
        template.write(template.answer({"deploy": deploy}), folder)
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered(tmp_path_factory.mktemp("kubernetes") / "churn", "kubernetes")


def manifests(cluster: Path) -> list[dict[str, Any]]:
    paths = sorted((cluster / "deploy/kubernetes").glob("*.yaml"))
    return [yaml.safe_load(path.read_text()) for path in paths if "kustomization" not in path.name]


def pods(cluster: Path) -> list[dict[str, Any]]:
    specs = []
    for each in manifests(cluster):
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            specs.append(spec["template"]["spec"])
    return specs


def test_every_manifest_fits_the_schema_of_kubernetes(cluster: Path):
    found = manifests(cluster)
    assert {each["kind"] for each in found} >= {"CronJob", "Deployment", "HorizontalPodAutoscaler"}
    for each in found:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_the_schema_finds_a_misspelt_key(cluster: Path):
    deployment = next(each for each in manifests(cluster) if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["resource"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES, strict=True)


def test_every_pod_keeps_to_the_restricted_standard_and_has_limits(cluster: Path):
    assert len(pods(cluster)) == 3
    for pod in pods(cluster):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        for container in [*pod.get("initContainers", ()), *pod["containers"]]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"]["drop"] == ["ALL"]
            assert {"cpu", "memory"} <= set(container["resources"]["limits"])


def test_kustomization_lists_every_manifest_and_nothing_else(cluster: Path):
    folder = cluster / "deploy/kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    beside = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in listed if "/" not in name} == beside
    for name in listed:
        path = folder / name
        assert path.is_file() or (path / "kustomization.yaml").is_file()


def test_the_dashboard_is_what_grafana_reads(cluster: Path):
    """Grafana's own types drop what they don't know, so nothing may be lost on the way."""
    document = json.loads((cluster / "deploy/grafana/dashboard.json").read_text())
    read = encoder.JSONEncoder(sort_keys=True).encode(Dashboard.from_json(document))
    assert lost(document, json.loads(read)) == []
    assert lost(document | {"pannels": []}, json.loads(read)) == [".pannels"]


def lost(given: Any, read: Any, path: str = "") -> list[str]:
    """The paths of what was given and not read as such."""
    if isinstance(given, dict) and isinstance(read, dict):
        return [
            fault
            for key in given
            for fault in (
                lost(given[key], read[key], f"{path}.{key}")
                if key in read
                else [f"{path}.{key}"] * (given[key] is not None)
            )
        ]
    if isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        pairs = enumerate(zip(given, read, strict=True))
        return [fault for n, (a, b) in pairs for fault in lost(a, b, f"{path}[{n}]")]
    return [] if given == read else [path]


def rolled_out(folder: Path, script: str, fails: str) -> tuple[int, list[str]]:
    """Roll NEW out where every call that holds *fails* goes wrong; exit code and calls."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    for tool in ("docker", "kubectl"):
        (bin_ / tool).write_text(TOOL)
        (bin_ / tool).chmod(0o755)
    calls = folder / "calls"
    calls.unlink(missing_ok=True)
    path = f"{bin_}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", folder / script, *NEW],
        env={"PATH": path, "CALLS": str(calls), "FAILS": fails},
        capture_output=True,
        check=False,
    )
    return done.returncode, calls.read_text().splitlines()


@pytest.mark.parametrize(
    ("fails", "code", "undone"),
    [("never", 0, False), ("rollout status", 1, True), ("acme-project ask", 1, True)],
)
def test_a_cluster_goes_back_to_what_answered(cluster: Path, fails: str, code: int, undone: bool):
    fails = fails.replace("acme-project", "churn")
    ended, calls = rolled_out(cluster, "deploy/kubernetes/roll-out.sh", fails)

    assert ended == code
    assert [f"image: {NEW[0]}", f"image: {NEW[1]}"] == [c for c in calls if c.startswith("image")]
    assert any("rollout undo deployment/churn" in call for call in calls) == undone


@pytest.mark.parametrize(
    ("fails", "code", "undone"),
    [("never", 0, False), ("acme-project ask", 1, True)],
)
def test_a_machine_goes_back_to_what_answered(tmp_path: Path, fails: str, code: int, undone: bool):
    folder = rendered(tmp_path / "churn", "compose")
    fails = fails.replace("acme-project", "churn")
    ended, calls = rolled_out(folder, "deploy/roll-out.sh", fails)

    ups = [call.split(" ")[0] for call in calls if " compose up " in call]
    assert ended == code
    assert ups == [NEW[0], *["registry.example.org/serve@sha256:0"] * undone]
