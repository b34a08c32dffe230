"""TLS contexts, one for each set of certificates and process: building one costs more than all else in a client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

Path = str | os.PathLike[str]
ClientCert = Path | tuple[Path, Path] | tuple[Path, Path, str]
"""A file with certificate and key; or both in files of their own; or those and the password of the key."""
_Key = tuple[str | None, tuple[str, ...], bool]

_contexts: dict[_Key, ssl.SSLContext] = {}


def tls_context(
    ca_bundle: Path | None = None, client_cert: ClientCert | None = None, *, trust_env: bool = True
) -> ssl.SSLContext:
    """A context that verifies the server: by `ca_bundle` (a file, or a directory), or by the usual authorities.

    Raises OSError (ssl.SSLError is one) when a file is not there or not what it should be.
    """
    key = (None if ca_bundle is None else os.fspath(ca_bundle), _parts(client_cert), trust_env)
    if key not in _contexts:
        _contexts.setdefault(key, _build(*key))
    return _contexts[key]


def refuse_tls(ca_bundle: Path | None, client_cert: ClientCert | None, *, trust_env: bool = True) -> str | None:
    """Why these certificates cannot be used, or None when they can. Looks at nothing when none are given."""
    if ca_bundle is None and client_cert is None:
        return None
    try:
        tls_context(ca_bundle, None, trust_env=trust_env)
    except (OSError, ValueError, TypeError) as problem:
        return f"ca_bundle must be a file of PEM certificates or a directory of them: {_reason(problem)}."
    try:
        tls_context(ca_bundle, client_cert, trust_env=trust_env)
    except (OSError, ValueError, TypeError) as problem:
        return (
            "client_cert must be a PEM file with certificate and key, or (certificate, key), or "
            f"(certificate, key, password): {_reason(problem)}."
        )
    return None


def _build(ca_bundle: str | None, client_cert: tuple[str, ...], trust_env: bool) -> ssl.SSLContext:
    import ssl

    if ca_bundle is None:
        cafile, capath = _usual(trust_env=trust_env)
        context = ssl.create_default_context(cafile=cafile, capath=capath)
    elif os.path.isdir(ca_bundle):
        context = ssl.create_default_context(capath=ca_bundle)
    else:
        context = ssl.create_default_context(cafile=ca_bundle)
    if client_cert:
        certificate, key, password = (*client_cert, "", "")[:3]
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key or None, password or (lambda: ""))
    return context


def _usual(*, trust_env: bool) -> tuple[str | None, str | None]:
    """File and directory of the authorities that programs trust, unless the environment names others."""
    if trust_env and (file := os.environ.get("SSL_CERT_FILE")):
        return file, None
    if trust_env and (directory := os.environ.get("SSL_CERT_DIR")):
        return None, directory
    import certifi

    return certifi.where(), None


def _parts(client_cert: ClientCert | None) -> tuple[str, ...]:
    if client_cert is None:
        return ()
    parts = client_cert if isinstance(client_cert, tuple) else (client_cert,)
    if not 1 <= len(parts) <= 3:
        raise ValueError("it has one to three parts")
    paths = [os.fspath(part) for part in parts[:2]]
    password = getattr(parts[2], "reveal", lambda: parts[2])() if len(parts) == 3 else ""
    return (*paths, password) if password else tuple(paths)


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or getattr(problem, "reason", None) or type(problem).__name__
