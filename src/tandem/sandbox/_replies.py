"""From what a handler returned to a reply on the wire, held against the document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tandem._headers import Headers

from ._pages import Paged
from ._parameters import check_headers
from ._reply import EventStream, Problem, RawReply, Reply, WireReply
from ._schemas import Violation

if TYPE_CHECKING:
    from ._api import ApiOperation
    from ._platform import Platform

JSON = "application/json"


class BrokenReplyError(Exception):
    """A reply breaks the document."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__(violations)
        self.violations = violations


class Replies:
    """Shapes and checks what goes out."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._values = platform.values
        self._schemas = platform.schemas

    def shape(self, operation: ApiOperation, result: Any) -> WireReply | EventStream:
        """What a handler returned, as a reply. Raises BrokenReplyError when the document has no such reply."""
        if isinstance(result, EventStream):
            return result
        if isinstance(result, RawReply):
            return WireReply(result.status, result.content, result.media_type, dict(result.headers))
        reply = result if isinstance(result, Reply) else Reply(result)
        status = operation.success_status if reply.status is None else reply.status
        headers = dict(reply.headers)
        if reply.value is None and not self._has_body(operation, status):
            violations = self._check(operation, status, None, None)
            wire = WireReply(status, headers=headers)
        else:
            body = self._body(operation, reply)
            violations = self._check(operation, status, JSON, body)
            wire = WireReply(status, b"" if violations else encode(body), JSON, headers, body)
        if violations:
            raise BrokenReplyError(violations)
        return wire

    def problem(self, operation: ApiOperation | None, problem: Problem, request_id: str) -> WireReply:
        """A documented error as a reply. Raises BrokenReplyError when the operation does not document it."""
        body = self._platform.problem_body(problem, request_id)
        if operation is not None and operation.documented:
            violations = self._check(operation, problem.status, JSON, body)
            if violations:
                raise BrokenReplyError(violations)
        return WireReply(problem.status, encode(body), JSON, dict(problem.headers), body)

    def check_headers(self, operation: ApiOperation, status: int, headers: dict[str, str]) -> list[Violation]:
        """What is wrong with the headers of a reply, all of them together."""
        documented = operation.response(status)
        if documented is None:
            return []
        return list(check_headers(documented.headers, Headers(headers.items()), self._values, self._schemas))

    def check_event(self, operation: ApiOperation, data: Any) -> list[Violation]:
        """What is wrong with the data of one event."""
        documented = operation.response(operation.success_status)
        pointer = documented.content.get("text/event-stream") if documented else None
        return self._schemas.check(pointer, data, "event") if pointer else []

    def _check(self, operation: ApiOperation, status: int, media_type: str | None, body: Any) -> list[Violation]:
        if not operation.documented:
            return []
        documented = operation.response(status)
        if documented is None:
            return [Violation("", f"status {status} is not documented", "status", "status")]
        if media_type is None:
            wanted = ", ".join(documented.content)
            return [Violation("", f"a body is documented ({wanted})", "body")] if documented.content else []
        if not documented.has_json:
            return [Violation("", f"no JSON body is documented for status {status}", "body")]
        pointer = documented.json_schema
        return self._schemas.check(pointer, body) if pointer else []

    def _body(self, operation: ApiOperation, reply: Reply) -> Any:
        if isinstance(reply.value, Paged):
            return self._platform.page_body(reply.value, operation)
        return reply.value if reply.whole else self._platform.reply_body(reply.value, operation)

    def _has_body(self, operation: ApiOperation, status: int) -> bool:
        documented = operation.response(status)
        return documented is not None and documented.has_json


def encode(body: Any) -> bytes:
    """JSON as it goes out. Raises TypeError or ValueError on what JSON has no words for."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
