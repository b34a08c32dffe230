"""Scripts of workflows, run by QuickJS in processes of their own: nothing that they do reaches the platform."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from interactor.sandbox.workflows._outcome import Done, LogicError

from ._workers import Worker, WorkerGoneError, Workers

SECONDS = 5.0
_BYTES = 16 * 1024 * 1024
_DEEPEST = 100
# The engine stops a script by itself, after seconds of computing; this is for one that does not let it.
_GRACE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Script:
    """A script with all that it may see."""

    code: str
    input: Mapping[str, Any]
    workflow_data: Mapping[str, Any]
    context: Mapping[str, Any]
    secrets: Mapping[str, str]


class Scripts:
    """Runs scripts, each in a fresh context of a process that does nothing else meanwhile.

    Source: Interactor workflows guide, Script Execution Environment.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self.workers = Workers()

    async def run(self, script: Script) -> Done:
        """What the script returned and wrote down. Raises `LogicError` with the guide's code when it fails."""
        worker = await self._worker()
        began = time.perf_counter()
        try:
            reply = await worker.ask(self._order(script), self._seconds + _GRACE_SECONDS)
        except (TimeoutError, WorkerGoneError) as error:
            self.workers.drop(worker)
            raise self._stopped(error, _milliseconds(began)) from None
        except asyncio.CancelledError:
            self.workers.drop(worker)
            raise
        self.workers.give_back(worker)
        return self._outcome(reply.decode(), _milliseconds(began))

    def close(self) -> None:
        """End all processes."""
        self.workers.close()

    async def _worker(self) -> Worker:
        try:
            return await self.workers.take()
        except WorkerGoneError:
            raise LogicError("script_error", "No process for the script could be started") from None

    def _order(self, script: Script) -> bytes:
        given = {
            "code": script.code,
            "input": script.input,
            "workflow_data": script.workflow_data,
            "context": script.context,
            "secrets": script.secrets,
        }
        return f"{self._seconds} {_BYTES} {json.dumps(given)}\n".encode()

    def _outcome(self, told: str, duration: float) -> Done:
        kind, _, text = told.partition(" ")
        if kind != "R":
            raise self._broken(text.strip(), duration)
        reply = json.loads(text)
        logs = [_valid_text(line) for line in reply["logs"]]
        if not reply["ok"]:
            raise LogicError("script_error", _message(reply["error"]), logs, duration)
        return Done(_value(reply.get("value"), logs, duration), logs, duration)

    def _broken(self, message: str, duration: float) -> LogicError:
        if "interrupted" in message:
            return self._late(duration)
        return LogicError("script_error", message, [], duration)

    def _stopped(self, error: Exception, duration: float) -> LogicError:
        if isinstance(error, TimeoutError):
            return self._late(duration)
        return LogicError("script_error", "The script ended its process", [], duration)

    def _late(self, duration: float) -> LogicError:
        return LogicError("script_timeout", f"The script took longer than {self._seconds:g} seconds", [], duration)


def _value(text: str | None, logs: list[str], duration: float) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except RecursionError:
        value = None
    if value is None or _is_deeper(value, _DEEPEST):
        message = f"The script returned an object that is nested more than {_DEEPEST} times"
        raise LogicError("script_error", message, logs, duration)
    # A lone half of a character pair cannot be written as UTF-8; JSON spells it as an escape.
    if "\\ud" in text:
        value = json.loads(_valid_text(json.dumps(value, ensure_ascii=False)))
    return cast("dict[str, Any]", value)


def _message(error: dict[str, Any]) -> str:
    line = f" (line {error['line']})" if error["line"] is not None else ""
    return _valid_text(f"{error['name']}: {error['message']}{line}")


def _valid_text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_deeper(value: Any, most: int) -> bool:
    level: list[Any] = [value]
    for _ in range(most):
        parts = (cast("dict[str, Any] | list[Any]", part) for part in level if isinstance(part, dict | list))
        level = [inner for part in parts for inner in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return False
    return True


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
