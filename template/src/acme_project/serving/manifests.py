"""See to it that replicas share what they capture: a file of one's own would part it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..outcomes import ADDRESS_VARIABLE

FLAG = "--scaled"


def faults(deploy: Path) -> list[str]:
    """What would let replicas of the service write to a file of their own, each in one line."""
    documents = [
        document
        for path in sorted(deploy.glob("kubernetes/*.yaml"))
        for document in yaml.safe_load_all(path.read_text("utf-8"))
    ]
    found = [*kubernetes(documents)]
    if (deploy / "compose.yaml").exists():
        found += compose(yaml.safe_load((deploy / "compose.yaml").read_text("utf-8")))
    return found


def kubernetes(documents: list[dict[str, Any]]) -> Iterator[str]:
    """Faults of workloads that serve, with the number of replicas that they may grow to."""
    grown = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]["maxReplicas"]
        for each in documents
        if each["kind"] == "HorizontalPodAutoscaler"
    }
    for each in documents:
        name, spec = each.get("metadata", {}).get("name", ""), each.get("spec", {})
        replicas = max(spec.get("replicas", 1), grown.get(name, 1))
        if each["kind"] in {"Deployment", "StatefulSet"} and replicas > 1:
            for container in spec["template"]["spec"]["containers"]:
                words = [*container.get("command", ()), *container.get("args", ())]
                if "serve" in words:
                    yield from shared(name, replicas, words, container.get("env", ()))


def shared(name: str, replicas: int, words: list[str], env: list[dict[str, Any]]) -> Iterator[str]:
    """Faults of one container that has brothers."""
    address = next((each for each in env if each["name"] == ADDRESS_VARIABLE), None)
    if address is None or address.get("value", "").startswith("sqlite"):
        yield f"{name}: up to {replicas} replicas, but {ADDRESS_VARIABLE} names no server"
    if FLAG not in words:
        yield f"{name}: up to {replicas} replicas, but `serve` is not told with {FLAG}"


def compose(document: dict[str, Any]) -> Iterator[str]:
    """Faults of a service that Compose starts several times."""
    for name, service in document.get("services", {}).items():
        replicas = max(service.get("scale", 1), service.get("deploy", {}).get("replicas", 1))
        address = service.get("environment", {}).get(ADDRESS_VARIABLE, "sqlite")
        if name == "serve" and replicas > 1 and "sqlite" in address:
            yield f"{name}: {replicas} replicas, but {ADDRESS_VARIABLE} may be a file"
