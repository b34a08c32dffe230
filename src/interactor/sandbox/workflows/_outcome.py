"""How the logic of a state ends, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Done(NamedTuple):
    """It worked: the fields that it sets in the workflow data, and what there is to tell about it."""

    data: Mapping[str, Any]
    logs: Sequence[str]
    duration_ms: float


class LogicError(Exception):
    """It failed. The code is one of the guide's: `script_error`, `script_timeout`, `http_error`, `http_timeout`."""

    def __init__(
        self,
        code: str,
        message: str,
        logs: Sequence[str] = (),
        duration_ms: float = 0.0,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.logs = logs
        self.duration_ms = duration_ms
        self.details: Mapping[str, Any] = details or {}
