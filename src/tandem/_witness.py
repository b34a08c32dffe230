"""Tells the log and the hooks how a call goes. Nothing told carries a secret, a query, a header or a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ._calls import Operation
from ._hooks import Hooks
from ._log import LEVELS
from ._records import AttemptRecord, ResultRecord, RetryRecord
from ._replies import request_id_of, tidy
from ._transport import Response

if TYPE_CHECKING:
    import logging

RecordT = TypeVar("RecordT")
_LONGEST_ID = 200  # characters of a request id that are worth a log line


class Witness:
    """Sees one call from its beginning to its end."""

    __slots__ = (
        "_attempt",
        "_began",
        "_error",
        "_facts",
        "_hooks",
        "_logger",
        "_monotonic",
        "_request_id",
        "_started",
        "_status",
    )

    def __init__(
        self,
        hooks: Hooks,
        logger: logging.Logger,
        operation: Operation[Any],
        namespace: str | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._hooks = hooks
        self._logger = logger
        self._facts: dict[str, Any] = {
            "operation": operation.name,
            "method": operation.method,
            "path": operation.path,
            "namespace": namespace,
        }
        self._monotonic = monotonic
        self._started = self._began = monotonic()
        self._attempt = 0
        self._status: int | None = None
        self._error: str | None = None
        self._request_id: str | None = None

    def begin(self, attempt: int) -> None:
        """An attempt is about to be sent."""
        self._attempt = attempt
        self._began = self._monotonic()

    def replied(self, response: Response) -> None:
        """The attempt brought a reply."""
        self._attempted(response, None)

    def failed(self, error: type[Exception], broken: Response | None) -> None:
        """The attempt brought no whole reply; alone it would have raised this. `broken` is one that broke off."""
        self._attempted(broken, error.__name__)

    def again(self, pause: float, reason: str) -> None:
        """There will be another attempt."""
        facts = self._facts
        self._logger.info(
            "%s %s: again in %.2f s after attempt %d (%s)", facts["method"], facts["path"], pause, self._attempt, reason
        )
        if self._hooks.on_retry is not None:
            record = RetryRecord(**facts, **self._outcome(), attempt=self._attempt, pause=pause, reason=reason)
            self._tell("on_retry", self._hooks.on_retry, record)

    def end(self, error: BaseException | None) -> None:
        """The call is over."""
        if self._hooks.on_result is None:
            return
        outcome: dict[str, Any] = {**self._outcome(), "error": None if error is None else type(error).__name__}
        duration = self._monotonic() - self._started
        record = ResultRecord(**self._facts, **outcome, duration=duration, attempts=self._attempt)
        self._tell("on_result", self._hooks.on_result, record)

    def _attempted(self, response: Response | None, error: str | None) -> None:
        status = None if response is None else response.status_code
        request_id = None if response is None else _shown(request_id_of(response))
        self._status, self._error, self._request_id = status, error, request_id
        duration = self._monotonic() - self._began
        if self._logger.isEnabledFor(LEVELS["debug"]):
            self._logger.debug(
                "%s %s: %s in %.0f ms (attempt %d, request %s)",
                self._facts["method"],
                self._facts["path"],
                error or status,
                duration * 1000,
                self._attempt,
                request_id or "unknown",
            )
        if self._hooks.on_attempt is not None:
            record = AttemptRecord(**self._facts, **self._outcome(), duration=duration, attempt=self._attempt)
            self._tell("on_attempt", self._hooks.on_attempt, record)

    def _outcome(self) -> dict[str, Any]:
        return {"status_code": self._status, "error": self._error, "request_id": self._request_id}

    def _tell(self, name: str, hook: Callable[[RecordT], object], record: RecordT) -> None:
        try:
            hook(record)
        except Exception as problem:  # a hook of the user's own: its mistakes are not the call's
            # The type only: what the message holds is not ours to print.
            self._logger.warning("The hook %s failed (%s); going on.", name, type(problem).__name__)


def _shown(request_id: str | None) -> str | None:
    return tidy(request_id[:_LONGEST_ID]) if request_id else None
