"""The libraries that a local platform is made of: no part of every installation."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from ._errors import SandboxError

ENGINE = {"cryptography": "cryptography", "jsonschema_rs": "jsonschema-rs", "jwt": "PyJWT", "uvicorn": "uvicorn"}
"""What every platform needs: the module, and the library that brings it."""


def require(libraries: Mapping[str, str], remedy: str) -> None:
    """Raises SandboxError, which names all that are missing and the remedy.

    They are imported late, some of them with the first request: this is for saying so before anything is started.
    """
    missing = [library for module, library in libraries.items() if find_spec(module) is None]
    if missing:
        raise SandboxError(f"The sandbox needs {', '.join(missing)}. Install it with: {remedy}")
