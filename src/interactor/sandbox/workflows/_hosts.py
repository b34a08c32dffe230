"""Which hosts the platform may call. A local platform reaches nothing beyond this machine unless it was told to."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

# The guide's examples call these. Whoever tries one of them locally has no such server; it is answered here instead.
_PLACEHOLDERS: Final = ("yourapp.com", "yourservice.com")


class Hosts:
    """Loopback, and what the user allows: names as they are, `*.example.com` for all below one, `*` for any.

    >>> hosts = Hosts(["*.example.com"])
    >>> hosts.allow("api.example.com"), hosts.allow("localhost"), hosts.allow("example.org")
    (True, True, False)
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(name.lower().rstrip(".") for name in allowed)

    def allow(self, host: str) -> bool:
        """Whether a host may be called."""
        name = host.lower().rstrip(".").strip("[]")
        return _is_loopback(name) or any(_fits(name, pattern) for pattern in self._allowed)

    def answer_for(self, host: str) -> bool:
        """Whether the platform plays this host itself."""
        return not self.allow(host) and any(
            _fits(host.lower(), name) or _fits(host.lower(), f"*.{name}") for name in _PLACEHOLDERS
        )


def _fits(name: str, pattern: str) -> bool:
    return pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
