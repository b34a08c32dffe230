"""Why nothing was generated."""

from __future__ import annotations


class CodegenError(Exception):
    """The document cannot be turned into a client. The message is one line that names the place and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
