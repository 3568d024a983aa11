"""Whether a project conforms to the organisation's policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import yaml

from ..core import located
from ..core.errors import Stop
from ..core.finding import Finding
from ..core.lineage import Lineage
from ..core.overlay import Overlay
from ..core.policy import Policy, matches
from ..core.replay import FILES
from ..core.standard import Standard, same
from .places import DOCKERFILES
from .rule import Rule
from .snapshot import Snapshot

ANSWERS = ".copier-answers.yml"
CONTRACT = "contract.toml"
PROJECT = "pyproject.toml"
_OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_REGISTRY = re.compile(
    r"(?:--(?:extra-)?index-url[ =]|index-url\s*=\s*|\burl\s*=\s*\"|index\s*=\s*\")\s*(https?://[^\s\"']+)"
)


class Conforms(Rule):
    """The project conforms to the policy."""

    id = "MW-POLICY"
    severity = "error"
    reads = (ANSWERS, *FILES, CONTRACT, PROJECT, "CODEOWNERS")
    why = "What an organisation has agreed on holds for all of its projects."
    fix = "Bring it in line, with `modelwright update` for answers, or have the policy changed."

    def __init__(self, held: Standard, overlays: Sequence[Overlay] = ()) -> None:
        self._held = held
        self.overlays = overlays

    def find(self, files: Snapshot) -> Iterator[Finding]:
        """Compare answers, contract, owners, licence, registries, overlays with every policy."""
        for policy in self._held.policies:
            yield from _answers(policy, files)
            yield from _contract(policy, files)
            yield from _owners(policy, files)
            yield from _licence(policy, files)
            yield from _registries(policy, files)
        yield from _overlays(self.overlays, files)


def _answers(policy: Policy, files: Snapshot) -> Iterator[Finding]:
    """Yield answers that are pinned to others, and a template that no policy lists."""
    recorded = _recorded(files)
    lines = _lines(files.text(ANSWERS))
    for name, pin in policy.pinned.items():
        if name in recorded and not same(recorded[name], pin):
            place = policy.at("answers", "pinned", name)
            said = f"`{name}` is {recorded[name]!r}; {place} pins it to {pin!r}"
            yield Finding(ANSWERS, lines.get(name, 0), said)
    source = recorded.get("_src_path")
    if isinstance(source, str) and policy.leaves_out(source):
        place = policy.at("templates", "trusted")
        said = f"{place} does not list the template it came from"
        yield Finding(ANSWERS, lines.get("_src_path", 0), said)


def _contract(policy: Policy, files: Snapshot) -> Iterator[Finding]:
    """Yield what the contract promises less, or allows more, than a policy does."""
    if CONTRACT not in files.paths:
        return
    contract, lines = files.toml(CONTRACT), located.lines(files.text(CONTRACT))
    limits = [("at_least", name, limit) for name, limit in policy.at_least.items()]
    limits += [("at_most", name, limit) for name, limit in policy.at_most.items()]
    for kind, name, limit in limits:
        key = tuple(name.split("."))
        value = _value(contract, key)
        place = policy.at("contract", kind, *key)
        said = f"{place} wants {kind.replace('_', ' ')} {limit:g}"
        line = located.nearest(lines, key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Finding(CONTRACT, line, f"`{name}` is no number; {said}")
        elif value < limit if kind == "at_least" else value > limit:
            yield Finding(CONTRACT, line, f"`{name}` is {value:g}; {said}")


def _owners(policy: Policy, files: Snapshot) -> Iterator[Finding]:
    there = next((path for path in _OWNERS if path in files.paths), "")
    words = set(re.sub(r"(?m)#.*$", "", files.text(there)).split())
    for owner in policy.owners:
        if owner not in words:
            said = f"{policy.at('owners')} wants {owner} among the owners"
            yield Finding(there or "CODEOWNERS", 0, said)


def _licence(policy: Policy, files: Snapshot) -> Iterator[Finding]:
    """Yield a licence that is not allowed: the project's own, or else the answer's."""
    if policy.licences is None:
        return
    project = files.toml(PROJECT).get("project") if PROJECT in files.paths else None
    declared = project.get("license") if isinstance(project, dict) else None
    said = f"{policy.at('licences', 'allowed')} allows {', '.join(policy.licences)}"
    path, licence = ANSWERS, _recorded(files).get("licence")
    line = _lines(files.text(ANSWERS)).get("licence", 0)
    if isinstance(declared, str) and not declared.startswith("LicenseRef-"):
        path, licence = PROJECT, declared
        line = located.nearest(located.lines(files.text(PROJECT)), ("project", "license"))
    if isinstance(licence, str) and licence not in policy.licences:
        yield Finding(path, line, f"the licence is {licence}; {said}")


def _registries(policy: Policy, files: Snapshot) -> Iterator[Finding]:
    """Yield every other place that packages would be taken from."""
    if policy.registries is None:
        return
    places = (PROJECT, "uv.toml", "pip.conf", "requirements*.txt", ".gitlab-ci.yml", *DOCKERFILES)
    allowed = tuple(each.rstrip("/") for each in policy.registries)
    for path in files.matching(*places):
        for number, line in enumerate(files.text(path).splitlines(), start=1):
            found = _REGISTRY.search(line) if _is_registry(path, line) else None
            if found and not matches(found[1], allowed):
                said = f"{policy.at('registries', 'allowed')} does not allow this registry"
                yield Finding(path, number, said)


def _overlays(current: Sequence[Overlay], files: Snapshot) -> Iterator[Finding]:
    """Yield the overlays that the project does not have, or not as they are today."""
    path = next((each for each in (ANSWERS, *FILES) if each in files.paths), ANSWERS)
    had: tuple[Overlay, ...] = ()
    with suppress(Stop):
        had = Lineage.parse(files.text(path), path).overlays
    line = _lines(files.text(path)).get("_modelwright", 0)
    for overlay in current:
        if all(overlay.identity != each.identity for each in had):
            said = f"it lacks the overlay `{overlay}`, which {overlay.place} lays on top"
            yield Finding(path, line, said)
    for overlay in had:
        if all(each.bare != overlay.bare and each.identity != overlay.identity for each in current):
            yield Finding(path, line, f"it has the overlay `{overlay}`, which no policy names")


def _is_registry(path: str, line: str) -> bool:
    """Tell a registry's address from the project's own pages."""
    return path != PROJECT or not re.match(r'\s*"?(Homepage|Repository|Documentation)', line, re.I)


def _recorded(files: Snapshot) -> Mapping[str, Any]:
    node = files.nodes(ANSWERS) if ANSWERS in files.paths else None
    try:
        found = yaml.safe_load(files.text(ANSWERS)) if node else {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        files.unread[ANSWERS] = "it is no YAML: " + " ".join(str(error).split())
        return {}
    return found if isinstance(found, dict) else {}


def _lines(text: str) -> Mapping[str, int]:
    found = re.finditer(r"(?m)^([A-Za-z_]\w*):", text)
    return {each[1]: text[: each.start()].count("\n") + 1 for each in found}


def _value(table: Any, key: tuple[str, ...]) -> Any:
    for name in key:
        table = table.get(name) if isinstance(table, dict) else None
    return table
