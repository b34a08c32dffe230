"""Which hosts workflows may call, and which ones the platform plays itself."""

from __future__ import annotations

from typing import Final

from tandem.sandbox import Hosts

# The guide's examples call these. Whoever tries one of them locally has no such server; it is answered here instead.
_PLACEHOLDERS: Final = Hosts(["yourapp.com", "*.yourapp.com", "yourservice.com", "*.yourservice.com"])


class CallableHosts(Hosts):
    """This machine, and what the user allows; beside them the names that only stand in examples.

    >>> hosts = CallableHosts(["api.example.com"])
    >>> hosts.answer_for("yourapp.com"), hosts.answer_for("api.example.com")
    (True, False)
    """

    def answer_for(self, host: str) -> bool:
        """Whether the platform plays this host itself."""
        return not self.allow(host) and _PLACEHOLDERS.allow(host)
