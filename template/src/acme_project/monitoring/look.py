"""One look at a release in use: what is asked of it, what it answers, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scipy.stats import binomtest

from .. import artifact
from ..alerts import Alert, alerts
from ..contract import Contract
from ..outcomes import Captured, Outcomes
from ..reference import Reference, read
from . import drift, quality, vitals
from .scrape import Asked
from .significance import FEWEST, Check, alarming

# [service] p99_ms is what one request in a hundred may pass.
LATE = 0.01


@dataclass(frozen=True)
class Release:
    """A verified model with the summary of what it has seen."""

    model: artifact.Model
    reference: Reference

    @classmethod
    def load(cls, models: Path, version: str | None = None) -> Self:
        """The *version*, or the one in use; stops as `artifact.load` and `reference.read` do."""
        model = artifact.load(models, version)
        return cls(model, read(models / model.manifest.version))


@dataclass(frozen=True)
class Traffic:
    """The latest *answers*, the latest of *known* outcome, and what was refused meanwhile."""

    answers: Sequence[Captured]
    known: Sequence[Captured]
    asked: Asked

    @classmethod
    def of(cls, outcomes: Outcomes, version: str, window: int, asked: Asked) -> Self:
        """Read what a version answered."""
        known = outcomes.latest(version, window, known=True)
        return cls(outcomes.latest(version, window), known, asked)


def look(
    release: Release,
    traffic: Traffic,
    contract: Contract,
    now: datetime,
    grown: Sequence[str] = (),
) -> dict[str, Any]:
    """What `reports/monitor.json` holds: every check, the value, and the alerts that are raised.

    *grown* is what the release takes more than it did, if that was measured.
    """
    manifest = release.model.manifest
    known = quality.Known.of(traffic.known, manifest, contract)
    asked = statistics(release, traffic, known, contract)
    alarms = alarming(asked, contract.monitoring.false_alarms)
    found = [
        (each.alert, sentence(each)) for each, alarm in zip(asked, alarms, strict=True) if alarm
    ]
    found += vitals.faults(release.model, traffic.answers, contract, now)
    found += [("computing-slower", each) for each in grown]
    return {
        "model": manifest.version,
        "made": now.isoformat(timespec="seconds"),
        "rows": len(traffic.answers),
        "outcomes": len(traffic.known),
        "refused": traffic.asked.report(),
        "age_days": vitals.age_days(manifest, now),
        "checks": [
            asdict(each) | {"alarm": alarm} for each, alarm in zip(asked, alarms, strict=True)
        ],
        "quality": quality.report(traffic.answers, known, release.reference, contract),
        "groups": quality.groups(known, manifest.group_columns, contract),
        "alerts": [
            raised(each, found, contract) for each in alerts().values() if each.told_by == "monitor"
        ],
    }


def statistics(
    release: Release, traffic: Traffic, known: quality.Known, contract: Contract
) -> list[Check]:
    """Every question that chance may answer wrongly."""
    limit = contract.monitoring.noticeable_shift
    found = quality.checks(known, release.reference, release.model.manifest.group_columns, contract)
    if len(traffic.answers) >= FEWEST:
        rows = {
            name: [each.row.get(name) for each in traffic.answers]
            for name in release.reference.columns
        }
        probability = [each.probability for each in traffic.answers]
        found += drift.checks(release.reference, rows, probability, limit)
    asked = traffic.asked
    if asked.rows:
        found.append(refusals(asked, contract))
    if asked.requests:
        p = binomtest(asked.slow, asked.requests, LATE, alternative="greater").pvalue
        late = asked.slow / asked.requests
        found.append(Check("latency", "service-slow", float(p), late, LATE))
    return found


def refusals(asked: Asked, contract: Contract) -> Check:
    """A row that is refused is an answer not given, of which [service] allows few."""
    allowed = 1 - contract.service.available
    p = binomtest(asked.refused, asked.rows, allowed, alternative="greater").pvalue
    field = max(asked.fields, key=asked.fields.__getitem__, default="rows")
    return Check(field, "rows-refused", float(p), asked.refused / asked.rows, allowed)


def sentence(check: Check) -> str:
    """What a check found, for the person who is called."""
    how = {
        "rows-refused": "{0.effect:.1%} of the rows, most often for `{0.subject}`",
        "service-slow": "{0.effect:.1%} of the requests take longer than [service] p99_ms",
        "value-short": "{0.effect:.2f} a row short of the promise",
        "group-harmed": "{0.subject} loses {0.effect:.2f} a row",
    }.get(check.alert, "{0.subject} moved by {0.effect:.2f}")
    return how.format(check)


def raised(alert: Alert, found: list[tuple[str, str]], contract: Contract) -> dict[str, Any]:
    """An alert with what raises it, and whom it calls."""
    findings = [what for name, what in found if name == alert.id]
    owner = contract.roles.model_dump().get(alert.role, "nobody")
    return asdict(alert) | {"owner": owner, "raised": bool(findings), "findings": findings}
