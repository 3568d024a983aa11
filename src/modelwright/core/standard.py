"""Several policies at once: a project obeys each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Stop
from .lineage import BUILT_IN, without_credentials
from .overlay import Overlay
from .policy import Answer, Policy, matches


@dataclass(frozen=True)
class Standard:
    """The policies that hold, the nearest first; without any, everything is allowed."""

    policies: tuple[Policy, ...] = ()

    def __post_init__(self) -> None:
        """Refuse policies that nothing can obey together.

        Raises:
            Stop: two of them contradict each other; both places are named.

        """
        for one, other in self._pairs():
            _refuse_pins(one, other)
            _refuse_limits(one, other)
            _refuse_limits(other, one)
            _refuse_licence(one, other)
            _refuse_licence(other, one)
            _refuse_overlays(one, other)
            _refuse_overlays(other, one)

    def _pairs(self) -> Iterator[tuple[Policy, Policy]]:
        for number, one in enumerate(self.policies):
            for other in self.policies[number:]:
                yield one, other

    @property
    def pinned(self) -> dict[str, Answer]:
        """Every pinned answer."""
        return {name: value for each in self.policies for name, value in each.pinned.items()}

    @property
    def default(self) -> dict[str, Answer]:
        """Every default answer: of the nearest policy that gives one, and none that is pinned."""
        found = {
            name: value for each in reversed(self.policies) for name, value in each.default.items()
        }
        return {name: value for name, value in found.items() if name not in self.pinned}

    @property
    def required(self) -> dict[str, str]:
        """Every rule or practice that must hold, with the place that asks for it."""
        return {
            name.upper(): each.at("audit", "required")
            for each in self.policies
            for name in each.required
        }

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """Every overlay, the nearest policy's first; two policies may name the same."""
        return tuple(dict.fromkeys(each for policy in self.policies for each in policy.overlays))

    def refuse_answers(self, given: Mapping[str, Any]) -> None:
        """Refuse an answer that a policy pins to another.

        Raises:
            Stop: naming the policy's file and line.

        """
        for policy in self.policies:
            for name, pin in policy.pinned.items():
                if name in given and not same(given[name], pin):
                    raise Stop(
                        f"the policy pins `{name}` to {pin!r}, and {given[name]!r} was given",
                        why=f"{policy.at('answers', 'pinned', name)} holds for every project",
                        fix=f"leave out the answer, or have {policy.file} changed",
                    )

    def refuse_source(self, url: str) -> None:
        """Refuse a template that a policy does not list.

        Raises:
            Stop: naming the policy's file and line.

        """
        for policy in self.policies:
            if policy.leaves_out(url):
                raise Stop(
                    f"the policy does not trust the template `{without_credentials(url)}`",
                    why=f"{policy.at('templates', 'trusted')} lists "
                    f"{', '.join(policy.trusted or ()) or 'none'}",
                    fix=f"take a template from the list, or have {policy.file} changed",
                )

    def refuse_overlay(self, overlay: Overlay) -> None:
        """Refuse an overlay that a project records, and a policy neither names nor lists.

        Raises:
            Stop: naming the policy's file and line.

        """
        for policy in self.policies:
            if policy.leaves_out(overlay.source):
                raise Stop(
                    f"the policy does not trust the overlay `{overlay.bare}`",
                    why=f"{policy.at('templates', 'trusted')} does not list it, and no policy "
                    "names it as an overlay any more",
                    fix=f"list it in {policy.file} until no project records it",
                )

    def trusts(self, url: str) -> bool:
        """Say whether a template may run its own code: a policy says so, and none denies it."""
        if url == BUILT_IN:
            return False
        listed = [each.trusted for each in self.policies if each.trusted is not None]
        return bool(listed) and all(matches(url, each) for each in listed)


def same(given: Any, pin: Answer) -> bool:
    """Say whether an answer, which options give as text, is the pinned one."""
    if isinstance(pin, list):
        parts = given.split(",") if isinstance(given, str) else given
        return isinstance(parts, list) and sorted(map(str.strip, parts)) == sorted(pin)
    if isinstance(pin, bool):
        return str(given).lower() in ({"true", "yes"} if pin else {"false", "no"})
    return str(given) == str(pin)


def _refuse_pins(one: Policy, other: Policy) -> None:
    for name in one.pinned.keys() & other.pinned.keys():
        if not same(one.pinned[name], other.pinned[name]):
            raise _contradiction(
                f"`{name}` is pinned to {one.pinned[name]!r} and to {other.pinned[name]!r}",
                one.at("answers", "pinned", name),
                other.at("answers", "pinned", name),
            )


def _refuse_limits(one: Policy, other: Policy) -> None:
    for name, least in one.at_least.items():
        most = other.at_most.get(name)
        if most is not None and least > most:
            raise _contradiction(
                f"`{name}` has to be at least {least:g} and at most {most:g}",
                one.at("contract", "at_least", *name.split(".")),
                other.at("contract", "at_most", *name.split(".")),
            )


def _refuse_licence(one: Policy, other: Policy) -> None:
    licence = one.pinned.get("licence")
    if licence is not None and other.licences is not None and licence not in other.licences:
        raise _contradiction(
            f"the licence is pinned to {licence!r}, which is not allowed",
            one.at("answers", "pinned", "licence"),
            other.at("licences", "allowed"),
        )


def _refuse_overlays(one: Policy, other: Policy) -> None:
    """Refuse an overlay of *one* that *other* does not trust; its own policy's word is enough."""
    for overlay in one.overlays if one is not other else ():
        if other.leaves_out(overlay.source):
            raise _contradiction(
                f"the overlay `{overlay.bare}` is laid on top, and is not trusted",
                overlay.place,
                other.at("templates", "trusted"),
            )


def _contradiction(what: str, one: str, other: str) -> Stop:
    return Stop(
        f"policies contradict each other: {what}",
        why=f"{one} says one thing, {other} another",
        fix="change one of the two lines",
    )
