"""Every rule, by practice."""

from __future__ import annotations

from ..rule import Rule
from . import (
    baseline,
    business,
    coding,
    delivery,
    images,
    knowledge,
    ladder,
    leaks,
    logs,
    operating,
    privacy,
    promises,
    schemas,
    serving,
    supplies,
    testing,
)


def _number(rule: Rule) -> list[int]:
    return [int(part) for part in rule.id.removeprefix("MW-P").split("-")]


_FOUND: tuple[Rule, ...] = (
    *business.RULES,
    *serving.RULES,
    *schemas.RULES,
    *operating.RULES,
    *delivery.RULES,
    *supplies.RULES,
    *images.RULES,
    *coding.RULES,
    *testing.RULES,
    *ladder.RULES_SIZE,
    *baseline.RULES,
    *leaks.RULES,
    *privacy.RULES,
    *logs.RULES,
    *knowledge.RULES,
    *ladder.RULES_LADDER,
    *promises.RULES_DEADLINES,
    *promises.RULES_QUICK,
)
RULES = tuple(sorted(_FOUND, key=_number))
