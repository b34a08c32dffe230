"""What the sandbox needs beside the SDK's own libraries."""

from __future__ import annotations

from tandem.sandbox import SandboxError as SandboxError
from tandem.sandbox._libraries import ENGINE, require

_LIBRARIES = {**ENGINE, "_quickjs": "quickjs-ng"}


def require_libraries() -> None:
    """Raises SandboxError where the extra is not installed."""
    require(_LIBRARIES, "pip install 'interactor[sandbox]'")
