"""The organisation's standard: where it comes from, and what it says of a project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .core import policy as policies
from .core.errors import Stop
from .core.lineage import Lineage
from .core.overlay import Overlay
from .core.standard import Standard, same
from .git.addresses import is_elsewhere

VARIABLE = "MODELWRIGHT_POLICY"
FILE = "modelwright-policy.toml"
ANSWERS = ".copier-answers.yml"
LARGEST = 1_000_000
EXAMPLE = """\
# What holds for every project of ours. `modelwright policy check` reads this file,
# `modelwright policy check PROJECT` says where a project differs.
name = "Our standard"

# Each has to stand in a project's CODEOWNERS.
owners = []

# Nobody can answer otherwise; `update` brings old projects in line.
[answers.pinned]
# licence = "Apache-2.0"

# What `new` takes where nobody answers.
[answers.default]
# ci = "gitlab"

# No other template is rendered, and these may run their own code. `*` matches anything.
[templates]
trusted = ["builtin"]

# Rules and practices that must hold: nobody can ignore or suppress them.
[audit]
required = ["MW-P7-1"]

# A project's contract.toml may ask for more, never for less.
[contract.at_least]
# uplift.required = 0.05

[contract.at_most]
# budgets.p95_ms = 50

# [licences]
# allowed = ["Apache-2.0", "MIT", "proprietary"]

# Files of yours that are laid on top of every template: your CI, your base image.
# [[overlays]]
# source = "../house-ci"   # relative to this file, or a git address with a `ref`
# remove = ["docs/deploying.md"]

# [registries]
# allowed = ["https://packages.example.org/simple"]
"""


@dataclass(frozen=True)
class Setting:
    """One line of a policy: what it sets, to what, where it stands, and what that means.

    *changes* is what a project answers instead, which an update replaces.
    """

    name: str
    value: str
    place: str
    means: str
    changes: str = ""


def standard(named: Path | None = None, fleet: Path | None = None) -> Standard:
    """Return what holds: the policy that is *named*, the variable's, a *fleet*'s, the user's own.

    Raises:
        Stop: one can't be read or used, or two contradict each other; file and line are named.

    """
    return Standard(tuple(_read(path) for path in places(named, fleet)))


def places(named: Path | None = None, fleet: Path | None = None) -> tuple[Path, ...]:
    """Return the policy files that hold, the nearest first."""
    listed = [Path(each) for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    own = home / "modelwright" / "policy.toml"
    found = [named, *listed, fleet, own if own.is_file() else None]
    return tuple(dict.fromkeys(each for each in found if each))


def init(file: Path) -> None:
    """Write an example.

    Raises:
        Stop: there is something already, or it can't be written.

    """
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(EXAMPLE)
    except OSError as error:
        raise Stop(
            f"cannot write `{file}`: {error.strerror}",
            fix="name another file, in a folder of yours",
        ) from error


def recorded(project: Path) -> Mapping[str, Any]:
    """Return the answers that a project records.

    Raises:
        Stop: it records none.

    """
    file = project / ANSWERS
    try:
        return Lineage.parse(file.read_text("utf-8"), str(file)).answers
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"`{project}` records no answers: {error}", fix="name a project") from error


def settings(held: Standard, answers: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield every setting that holds, what it means, and which of *answers* it changes."""
    for each in held.policies:
        for name, value in each.pinned.items():
            place = each.at("answers", "pinned", name)
            other = name in answers and not same(answers[name], value)
            changes = str(answers[name]) if other else ""
            yield Setting(name, str(value), place, "pinned: no other answer is taken", changes)
        for name, value in each.default.items():
            place = each.at("answers", "default", name)
            yield Setting(name, str(value), place, "default: taken by `new`")
        for kind, said in (("at_least", "no less"), ("at_most", "no more")):
            for name, limit in getattr(each, kind).items():
                place = each.at("contract", kind, *name.split("."))
                yield Setting(name, f"{limit:g}", place, f"contract.toml may say {said}")
        lists = (
            (("owners",), each.owners, "each stands in CODEOWNERS"),
            (("templates", "trusted"), each.trusted, "no other template; these may run code"),
            (("audit", "required"), each.required, "must hold, and can't be suppressed"),
            (("licences", "allowed"), each.licences, "no other licence"),
            (("registries", "allowed"), each.registries, "packages come from nowhere else"),
        )
        for key, values, means in lists:
            if values:
                yield Setting(".".join(key), ", ".join(values), each.at(*key), means)
        for overlay in each.overlays:
            yield Setting("overlays", str(overlay), overlay.place, _laid(overlay))


def _laid(overlay: Overlay) -> str:
    gone = f"; {', '.join(overlay.remove)} are taken away" if overlay.remove else ""
    return f"its files are laid on top of the template's{gone}"


def _read(path: Path) -> policies.Policy:
    try:
        if path.stat().st_size > LARGEST:
            raise Stop(f"`{path}` has more than {LARGEST} bytes", fix="name a policy's file")
        text = path.read_text("utf-8")
    except OSError as error:
        raise Stop(
            f"cannot read the policy `{path}`: {error.strerror}",
            fix=f"check --policy, {VARIABLE}, or write one with `modelwright policy init`",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Stop(f"{path}:{line}: the policy is no UTF-8", fix="save it as UTF-8") from error
    found = policies.parse(text, str(path))
    return replace(found, overlays=tuple(_beside(path, each) for each in found.overlays))


def _beside(path: Path, overlay: Overlay) -> Overlay:
    """Return an overlay of the policy in the file *path*, wherever the command is called."""
    if is_elsewhere(overlay.source):
        return overlay
    source = os.path.abspath(path.absolute().parent / Path(overlay.source).expanduser())
    return replace(overlay, source=source)
