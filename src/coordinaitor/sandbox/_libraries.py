"""What the sandbox needs beside the SDK's own libraries. Without the one for WebSockets it has no live updates."""

from __future__ import annotations

from tandem.sandbox._libraries import ENGINE, require


def require_libraries() -> None:
    """Raises SandboxError where the extra is not installed."""
    require(ENGINE, "pip install 'interactor[sandbox,coordinaitor]'")
