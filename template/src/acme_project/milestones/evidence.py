"""Whether evidence holds, from what a project's own run wrote down; nothing is run to find out."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from . import contracts
from .plan import Evidence, Milestone

Verdict = Literal["holds", "fails", "unknown"]
READINESS = "reports/readiness.json"
RECORD = "reports/commands.json"
# A practice that a person waived stands for as long as the waiver does.
OF_STATUS: Mapping[str, Verdict] = {"green": "holds", "waived": "holds", "red": "fails"}
# What a command's outcome rests on, besides the data.
INPUTS = ("contract.toml", "dvc.yaml", "pyproject.toml", "src", "studies", "uv.lock")


@dataclass(frozen=True)
class Proof:
    """One thing that was looked at, and what it shows."""

    what: str
    verdict: Verdict
    why: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.why}".strip()


@dataclass(frozen=True)
class Known:
    """What is written about the project in *root*; *gates* are statuses of practices by id."""

    root: Path
    gates: Mapping[str, str]
    why_no_gates: str = ""

    @classmethod
    def of(cls, root: Path) -> "Known":
        """What the reports say, as far as they speak of the inputs that are there now."""
        try:
            report = json.loads((root / READINESS).read_bytes())
            statuses = {each["id"]: each["status"] for each in report["practices"]}
        except (OSError, ValueError, KeyError, TypeError):
            return cls(root, {}, f"is not known: no {READINESS}")
        if report.get("inputs") != inputs(root):
            return cls(root, {}, f"is not known: {READINESS} is older than its inputs")
        return cls(root, statuses)

    def proofs(self, evidence: Evidence) -> Iterator[Proof]:
        """What each part of *evidence* shows."""
        yield from map(self.gate, evidence.gates)
        yield from map(self.file, evidence.files)
        yield from map(self.command, evidence.commands)
        yield from map(self.contract, evidence.contracts)

    def gate(self, name: str) -> Proof:
        status = self.gates.get(name)
        if status is None:
            return Proof(name, "unknown", self.why_no_gates or "is not judged")
        return Proof(name, OF_STATUS.get(status, "unknown"), f"is {status}")

    def file(self, name: str) -> Proof:
        path = self.root / name
        # A link may lead anywhere, and what lies elsewhere proves nothing here.
        if not path.is_file() or not path.resolve().is_relative_to(self.root.resolve()):
            return Proof(name, "fails", "does not exist")
        full = path.stat().st_size > 0
        return Proof(name, "holds" if full else "fails", "is there" if full else "is empty")

    def command(self, line: str) -> Proof:
        what, record = f"`{line}`", self.records.get(line)
        if record is None:
            return Proof(what, "unknown", "has no record")
        if record.get("inputs") != self.inputs:
            return Proof(what, "unknown", f"ran on {record.get('date')}, on other inputs")
        if record.get("exit") != 0:
            return Proof(what, "fails", f"ended with {record.get('exit')}")
        return Proof(what, "holds", f"ended well on {record.get('date')}")

    def contract(self, consumer: str) -> Proof:
        what = f"the contract of {consumer}"
        if not (self.root / contracts.path(consumer)).is_file():
            return Proof(what, "fails", f"is not there: {contracts.path(consumer)}")
        if not self.models:
            return Proof(what, "unknown", "cannot be tested: no model is in use")
        broken = contracts.broken(self.root / contracts.path(consumer), self.models)
        return Proof(what, "fails" if broken else "holds", "; ".join(broken) or "is kept")

    @cached_property
    def records(self) -> dict[str, dict[str, Any]]:
        return records(self.root)

    @cached_property
    def inputs(self) -> str:
        return inputs(self.root)

    @cached_property
    def models(self) -> list[dict[str, Any]]:
        return contracts.manifests(self.root)


def verdict(proofs: tuple[Proof, ...]) -> Verdict:
    """All must hold; one that fails outweighs what is unknown."""
    found = {proof.verdict for proof in proofs}
    return "fails" if "fails" in found else "unknown" if "unknown" in found else "holds"


def inputs(root: Path) -> str:
    """The hash of what commands and gates rest on: code, contract, settings and data."""
    digest = hashlib.sha256()
    for path in sorted(read_by(root)):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_by(root: Path) -> Iterator[Path]:
    """Every file that counts as an input."""
    for name in (*INPUTS, *sources(root)):
        place = root / name
        found = place.rglob("*") if place.is_dir() else (place,)
        yield from (each for each in found if each.is_file() and each.suffix != ".pyc")


def sources(root: Path) -> tuple[str, ...]:
    """The table that the contract names, if there is one."""
    try:
        named = tomllib.loads((root / "contract.toml").read_text("utf-8"))["data"]["source"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return (named,) if isinstance(named, str) and (root / named).is_file() else ()


def records(root: Path) -> dict[str, dict[str, Any]]:
    """How commands ended, by the command; empty where nothing readable is written."""
    try:
        found = json.loads((root / RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and all(map(is_dict, found.values())) else {}


def is_dict(value: object) -> bool:
    return isinstance(value, dict)


def record(root: Path, *, commit: str | None, code: int, today: date) -> dict[str, Any]:
    """What is to be written about a command that ended with *code*."""
    return {"commit": commit, "inputs": inputs(root), "exit": code, "date": today.isoformat()}


def unproven(milestone: Milestone, known: Known) -> tuple[str, ...]:
    """The commands of a milestone that have no good record of today's inputs."""
    wanted = milestone.evidence.commands
    return tuple(line for line in wanted if known.command(line).verdict != "holds")
