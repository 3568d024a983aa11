"""What a process that renders a template may take of the machine, and see of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

try:
    import resource
except ImportError:  # where there is no fork, there are no limits either
    resource = None

# What Python and git need to work; everything else may be a secret.
_SEEN = {
    "COMSPEC", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "HOME", "LANG", "LANGUAGE", "LC_ALL",
    "LC_CTYPE", "LOGNAME", "MODELWRIGHT_CACHE_DIR", "NO_COLOR", "PATH", "PATHEXT", "PYTHONPATH",
    "SSH_AUTH_SOCK", "SYSTEMROOT", "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "USER", "USERPROFILE",
    "VIRTUAL_ENV", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
}  # fmt: skip
_started_with: dict[str, str] = {}
_former: dict[str, int] = {}


@dataclass(frozen=True)
class Limits:
    """What one process may take: seconds of CPU, bytes of memory, bytes of one file.

    Unless *trusted*, it sees no variable of the environment that may be a secret; what goes
    beyond a limit is called what it is *about*.
    """

    seconds: int
    memory: int
    file: int
    trusted: bool = False
    about: str = "rendering the template"

    @classmethod
    def of_environment(cls, *, trusted: bool = False) -> Limits:
        """Return the limits, which `MODELWRIGHT_RENDER_SECONDS` and `..._MEGABYTES` raise."""
        seconds = int(os.environ.get("MODELWRIGHT_RENDER_SECONDS") or 120)
        megabytes = int(os.environ.get("MODELWRIGHT_RENDER_MEGABYTES") or 4000)
        return cls(seconds, megabytes * 10**6, megabytes * 10**6, trusted)

    def impose(self) -> None:
        """Hold this process, which must be one of its own, to the limits."""
        _limit("RLIMIT_CPU", self.seconds)
        _limit("RLIMIT_AS", self.memory)
        _limit("RLIMIT_FSIZE", self.file)
        if not self.trusted:
            _started_with.update(os.environ)
            for name in os.environ.keys() - _SEEN:
                del os.environ[name]


def lift() -> None:
    """Let this process take what it could before, for programs that somebody trusts."""
    for name, soft in _former.items():
        _set(name, soft)


def environment() -> Mapping[str, str]:
    """Return the variables for programs of ours, also where the template must not see them."""
    return _started_with or os.environ


def _limit(name: str, value: int) -> None:
    """Lower a limit, which `lift` raises again: whoever can call the system can, no template."""
    if resource:
        _former[name], _ = resource.getrlimit(getattr(resource, name))
        if _former[name] == resource.RLIM_INFINITY or value < _former[name]:
            _set(name, value)


def _set(name: str, soft: int) -> None:
    if resource:
        what = getattr(resource, name)
        resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))
