"""What a command says when it cannot go on."""

from __future__ import annotations


class CommandError(Exception):
    """Ends a command with a message for people, which names the remedy. The exit code 2 is for misuse."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
