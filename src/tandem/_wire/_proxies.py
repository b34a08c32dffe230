"""Which proxy a request goes through: the one that was given, or what the environment says of its host. Pure."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy listens, and what it wants to know of who calls."""

    scheme: str
    host: str
    port: int
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """A proxy from its URL. Raises ValueError, with a reason that names neither user nor password."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port, scheme = parts.hostname, parts.port, parts.scheme
        except ValueError:
            host, port, scheme, parts = None, None, "", urlsplit("")
        if scheme not in _PORTS or not host or not host.isascii() or not host.isprintable() or " " in host:
            raise ValueError("a proxy is given as http://host:port or https://host:port")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError("the URL of a proxy ends after its port")
        auth = None
        if parts.username is not None:
            auth = unquote(parts.username), unquote(parts.password or "")
        return cls(scheme, host, _PORTS[scheme] if port is None else port, auth)

    @property
    def url(self) -> str:
        """The URL without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxies:
    """A proxy for each scheme, and the hosts that are reached without one."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict[str, Proxy])
    exempt: tuple[str, ...] = ()
    spares_loopback: bool = False
    """A proxy that the environment names is for the network: it could only reach its own loopback interface."""

    @classmethod
    def of(cls, proxy: str | None, *, trust_env: bool, environ: Mapping[str, str] | None = None) -> Proxies:
        """By argument, which holds for every host, or by the environment. Raises ValueError."""
        if proxy is not None:
            found = Proxy.parse(getattr(proxy, "reveal", lambda: proxy)())
            return cls({"http": found, "https": found})
        return cls.from_environment(os.environ if environ is None else environ) if trust_env else cls()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Proxies:
        """`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not. Raises ValueError."""
        by_scheme: dict[str, Proxy] = {}
        for scheme in _PORTS:
            for name in (f"{scheme}_proxy", "all_proxy"):
                url = _variable(environ, name)
                if not url:
                    continue
                try:
                    by_scheme[scheme] = Proxy.parse(url)
                except ValueError as problem:
                    message = f"{name.upper()} in the environment: {problem} (trust_env=False ignores it)"
                    raise ValueError(message) from None
                break
        exempt = tuple(name for entry in _variable(environ, "no_proxy").split(",") if (name := entry.strip().lower()))
        return cls(by_scheme, exempt, spares_loopback=True)

    def for_url(self, url: str) -> Proxy | None:
        """The proxy for a request; None: straight to its host."""
        if not self.by_scheme:
            return None
        parts = urlsplit(url)
        proxy = self.by_scheme.get(parts.scheme)
        if proxy is None or not parts.hostname:
            return None
        port = parts.port or _PORTS[parts.scheme]
        if self.spares_loopback and is_loopback(parts.hostname):
            return None
        return None if any(_matches(entry, parts.hostname, port) for entry in self.exempt) else proxy


def is_loopback(host: str) -> bool:
    """Whether a request to this host stays on this machine."""
    name = host.lower().strip("[]").removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_proxy(proxy: str | None, *, trust_env: bool = True, environ: Mapping[str, str] | None = None) -> str | None:
    """Why there is no going through this proxy, or through that of the environment; None when there is."""
    try:
        Proxies.of(proxy, trust_env=trust_env, environ=environ)
    except (ValueError, TypeError) as problem:
        return f"proxy: {problem}."
    return None


def _variable(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if value is None and not (name == "http_proxy" and "REQUEST_METHOD" in environ):
        # Under CGI, HTTP_PROXY is what a stranger sent as the header `Proxy` (CVE-2016-5385).
        value = environ.get(name.upper())
    return (value or "").strip()


def _matches(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `NO_PROXY` (a name, a domain, an address, a network; each with or without a port) is it."""
    if entry == "*":
        return True
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit() and (":" not in name or name.endswith("]")):
        if int(wanted) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        domain = entry.removeprefix("*").removeprefix(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
