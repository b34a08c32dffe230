"""Which transport a client gets that was given none: the fast one, where it is installed and can do what is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from tandem._conventions import Conventions
from tandem._log import logger_of
from tandem._transport import AsyncTransport, Transport

from ._httpx import AsyncHttpxTransport, HttpxTransport
from ._proxies import Proxies, refuse_proxy

_FAST = "pyreqwest"
_CHOICES = ("httpx", _FAST)
_ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def default_transport(conventions: Conventions, **wiring: Any) -> Transport:
    """What sends for a client of threads. `wiring` is what `HttpxTransport` takes."""
    note = _choose(conventions, **wiring)
    if note is None:
        return HttpxTransport(**wiring)
    from ._pyreqwest import PyreqwestTransport

    return PyreqwestTransport(**_way(**wiring), note=note)


def async_default_transport(conventions: Conventions, **wiring: Any) -> AsyncTransport:
    """What sends for a client of tasks. `wiring` is what `AsyncHttpxTransport` takes."""
    note = _choose(conventions, **wiring)
    if note is None:
        return AsyncHttpxTransport(**wiring)
    from ._pyreqwest import AsyncPyreqwestTransport

    return AsyncPyreqwestTransport(**_way(**wiring), note=note)


def _choose(conventions: Conventions, **wiring: Any) -> Callable[[str], object] | None:
    """Who is told why a request of the fast transport goes over httpx; None where all do. Logs the choice."""
    from importlib.util import find_spec

    logger = logger_of(conventions)
    wanted = _wanted(conventions, os.environ)
    if wanted and wanted not in _CHOICES:
        logger.warning("%s is not set to one of: %s.", conventions.transport_env, ", ".join(_CHOICES))
    if wanted == "httpx":
        reason: str | None = f"{conventions.transport_env} says so"
    elif find_spec(_FAST) is None:
        reason = f"{_FAST} is not installed"
    else:
        reason = _refuse(os.environ, **wiring)
    if reason is not None:
        logger.debug("calls go over httpx: %s", reason)
        return None
    logger.debug("calls go over %s", _FAST)
    return lambda aside: logger.debug("some calls go over httpx: %s", aside)


def _wanted(conventions: Conventions, environ: Mapping[str, str]) -> str:
    return environ.get(conventions.transport_env, "").strip().lower() if conventions.transport_env else ""


def _refuse(
    environ: Mapping[str, str],
    *,
    proxy: Any = None,
    trust_env: bool = True,
    ca_bundle: Any = None,
    client_cert: Any = None,
    **_: Any,
) -> str | None:
    """Why pyreqwest cannot make the connections that are asked for, or None."""
    if refuse_proxy(proxy, trust_env=trust_env):
        return "the proxy is none"  # and it says why
    if ca_bundle is not None or client_cert is not None:
        return "ca_bundle and client_cert are its own"  # there, other authorities only come on top of the usual ones
    if any(each.scheme == "https" for each in Proxies.of(proxy, trust_env=trust_env).by_scheme.values()):
        return "the proxy is an encrypted one"
    if not trust_env and any(environ.get(name) for name in _ROOTS):
        return f"{' and '.join(_ROOTS)} are not to be heeded"
    return None


def _way(*, ca_bundle: Any = None, client_cert: Any = None, **way: Any) -> dict[str, Any]:
    return way
