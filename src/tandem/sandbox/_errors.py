"""What goes wrong with the sandbox itself, as opposed to what a platform answers (`Problem`)."""

from __future__ import annotations


class SandboxError(Exception):
    """Anything the engine raises at whoever builds or steers a platform."""


class DocumentError(SandboxError):
    """The OpenAPI document cannot be read, or lacks what the engine needs of it."""


class RegistryMismatchError(SandboxError):
    """Handlers and document differ: `missing` are operations without a handler, `unknown` handlers without one."""

    def __init__(self, missing: list[str], unknown: list[str]) -> None:
        parts: list[str] = []
        if missing:
            parts.append(f"operations of the document without a handler: {', '.join(missing)}")
        if unknown:
            parts.append(f"handlers without an operation in the document: {', '.join(unknown)}")
        super().__init__("; ".join(parts))
        self.missing = missing
        self.unknown = unknown


class UnknownSnapshotError(SandboxError):
    """No snapshot was taken under this name."""


class UnknownDeliveryError(SandboxError):
    """No delivery has this id."""


class ConnectionCutError(SandboxError):
    """A fault rule cut the connection, under a server that offers no other way to do so."""
