"""Where live channels are listened to: a WebSocket, as ASGI sees it, at the path that the document's `x-websocket` has.

A caller is admitted as to any operation, subscribes, and is told. What both sides say is held against the document.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._api import ApiOperation
from ._bodies import MalformedBodyError, parse_json
from ._channels import Listener, Told
from ._context import Principal
from ._exchange import said, where_it_broke
from ._faults import Fault, describe_fault
from ._journal import JournalEntry
from ._reply import Problem
from ._request import Receive, Request, Scope, Send, begin
from ._schemas import Violation
from ._shapes import as_object
from ._wire import CUT_EXTENSION, RAW_EXTENSION

if TYPE_CHECKING:
    from ._platform import Platform

HUSH_EXTENSION = "tandem.sandbox.hush"
OPERATION = "live"
"""The name by which fault rules and the journal know such a connection."""
_GARBAGE = '{"type": "garb'  # no JSON
_NO_FRAME = b"\xff\xff\xff\xff"  # a frame with bits that mean nothing
_NO_FAULT = Fault()


@dataclass(slots=True, eq=False)
class _Call:
    """One caller, from the first request to the end of the connection."""

    scope: Scope
    receive: Receive
    send: Send
    request: Request
    entry: JournalEntry
    principal: Principal = field(default_factory=Principal)
    fault: Fault = _NO_FAULT


class Door:
    """The endpoint of one platform. It is there when the document has an `x-websocket`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        described = as_object(platform.api.document.get("x-websocket")) or {}
        host = next((operation.host for operation in platform.api.operations), "")
        root = platform.base_path(host).removesuffix(platform.api.server_path(host))
        self.path = f"{root}{described['path']}" if "path" in described else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        self._platform.start()
        await receive()  # websocket.connect
        request = Request.from_scope({**scope, "method": "GET", "scheme": "http"})
        request.request_id = self._platform.request_id_for(request)
        begin(request)
        call = _Call(scope, receive, send, request, self._platform.journal.start(self._entry(request)))
        fault = self._platform.faults.take("GET", (request.path,), OPERATION, request.headers)
        if fault is not None:
            call.fault, call.entry.fault = fault, describe_fault(fault)
            await asyncio.sleep(fault.delay)
        await self._serve(call)

    async def _serve(self, call: _Call) -> None:
        if call.fault.cut == "before":
            await _cut(call)
            return
        try:
            self._admit(call)
        except Problem as problem:
            await self._refuse(call, problem)
            return
        namespace = self._platform.namespace_for(call.request)
        call.entry.status, call.entry.namespace = 101, namespace
        listener = self._platform.channels.join(namespace)
        try:
            await call.send({"type": "websocket.accept"})
            await self._converse(call, listener)
        except Exception as error:  # a hook's mistake: the caller sees a dropped connection, the journal the reason
            if type(error).__name__ != "ClientDisconnected":
                call.entry.error = where_it_broke(error)
        finally:
            self._platform.channels.leave(listener)

    def _admit(self, call: _Call) -> None:
        """Raises the product's Problem."""
        if call.fault.status is not None:
            raise self._platform.problem_for_status(call.fault.status)
        if call.request.path != self.path:
            raise self._platform.problem_for_path(call.request.path)
        call.principal = self._platform.authenticate(call.request)
        call.entry.client_id = call.principal.client_id

    async def _refuse(self, call: _Call, problem: Problem) -> None:
        reply = self._platform.app.replies.problem(None, problem, call.request.request_id)
        call.entry.status, call.entry.reply = problem.status, reply.value
        headers = {"Content-Type": reply.media_type or "", **reply.headers, **call.fault.headers}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await call.send({"type": "websocket.http.response.start", "status": problem.status, "headers": raw})
        await call.send({"type": "websocket.http.response.body", "body": reply.body})

    async def _converse(self, call: _Call, listener: Listener) -> None:
        """Listen to the caller and tell what happens, until either ends it."""
        hearing = asyncio.ensure_future(call.receive())
        telling = asyncio.ensure_future(listener.next())
        sent = 0
        try:
            while sent != call.fault.events or call.fault.then == "garbage":
                await asyncio.wait({hearing, telling}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    message = hearing.result()
                    if message["type"] == "websocket.disconnect":
                        return
                    await self._hear(call, listener, message)
                    hearing = asyncio.ensure_future(call.receive())
                if telling.done():
                    told = telling.result()
                    telling = asyncio.ensure_future(listener.next())
                    if told.message is None:
                        await _end(call, told)
                        return
                    sent += await self._tell(call, told.message, sent)
            await _strike(call)
        finally:
            hearing.cancel()
            telling.cancel()

    async def _hear(self, call: _Call, listener: Listener, message: Mapping[str, Any]) -> None:
        """One message of the caller. A wrong one is answered, and changes nothing."""
        text = message.get("text")
        try:
            wanted = self._wanted(call, message["bytes"] if text is None else text.encode())
        except Problem as problem:
            call.entry.violations.append(f"request {problem.message}")
            body = as_object(self._platform.problem_body(problem, call.request.request_id)) or {}
            await _send(call, {"type": "error", **body})
            return
        act = listener.subscribe if wanted["type"] == "subscribe" else listener.unsubscribe
        act(wanted["channel"], wanted.get("filters") or {})

    def _wanted(self, call: _Call, content: bytes) -> dict[str, Any]:
        """A subscription. Raises the product's Problem for what is none, or is not for this caller."""
        try:
            value = parse_json(content)
        except MalformedBodyError as malformed:
            raise self._platform.problem_for_malformed_body(str(malformed)) from None
        violations = self._platform.schemas.check("/x-websocket/send", value)
        wanted = as_object(value)
        if violations or wanted is None:
            raise self._platform.problem_for_invalid(violations, "body")
        self._refuse_channel(call, wanted["channel"])
        known = self._platform.channel_filters(wanted["channel"])
        filters = as_object(wanted.get("filters")) or {}
        unknown = [name for name in filters if known is not None and name not in known]
        if unknown:
            message = f"is nothing that {wanted['channel']} are told apart by"
            raise self._platform.problem_for_invalid(
                [Violation(f"filters.{name}", message, where="body") for name in unknown], "body"
            )
        return wanted

    def _refuse_channel(self, call: _Call, channel: str) -> None:
        """Raises the product's Problem for a channel that is not for this caller."""
        scopes = self._platform.channel_scopes(channel)
        if not self._platform.grants(call.principal, scopes):
            listening = ApiOperation(f"The channel {channel}", "GET", call.request.path, scopes=(scopes,))
            raise self._platform.problem_for_scopes(listening, call.principal)

    async def _tell(self, call: _Call, message: Mapping[str, Any], sent: int) -> int:
        if call.fault.then == "garbage" and sent == call.fault.events:
            await call.send({"type": "websocket.send", "text": _GARBAGE})
            return 1
        violations = self._platform.schemas.check("/x-websocket/receive", message, "event")
        call.entry.violations += [f"reply {said(violation)}" for violation in violations]
        await _send(call, message)
        call.entry.events += 1
        return 1

    def _entry(self, request: Request) -> JournalEntry:
        redaction = self._platform.redaction
        return JournalEntry(
            number=0,
            time=self._platform.clock.iso(),
            method="GET",
            path=request.path,
            query=redaction.pairs(request.query_pairs),
            headers=redaction.headers(request.headers),
            request_id=request.request_id,
            operation=OPERATION,
        )


async def _send(call: _Call, message: Mapping[str, Any]) -> None:
    await call.send({"type": "websocket.send", "text": json.dumps(message, ensure_ascii=False, separators=(",", ":"))})


async def _end(call: _Call, told: Told) -> None:
    if told.falls_silent:
        await _hush(call)
    elif told.hangs_up:
        await _cut(call)


async def _strike(call: _Call) -> None:
    """The connection has told as much as its fault lets it."""
    if call.fault.then == "silence":
        await _hush(call)
    elif call.fault.then == "broken":
        await _extension(call, RAW_EXTENSION)(_NO_FRAME)
        await _left(call)
    else:
        await _cut(call)


async def _cut(call: _Call) -> None:
    call.entry.cut = True
    await _extension(call, CUT_EXTENSION)(False)
    await _left(call)


async def _hush(call: _Call) -> None:
    await _extension(call, HUSH_EXTENSION)()
    await _left(call)


async def _left(call: _Call) -> None:
    """Until the caller is gone."""
    while (await call.receive())["type"] != "websocket.disconnect":
        pass


def _extension(call: _Call, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = call.scope.get("extensions", {})[name]
    return found
