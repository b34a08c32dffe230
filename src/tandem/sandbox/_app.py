"""The platform as an ASGI application: the document's routes, the product's pages, and the controls."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from ._api import ApiOperation
from ._control import Control
from ._doors import Door
from ._exchange import Endpoint, Exchange, said, where_it_broke
from ._faults import Fault, describe_fault
from ._journal import JournalEntry
from ._replies import JSON, Replies, encode
from ._reply import EventStream, ServerEvent, WireReply
from ._request import BodyTooLargeError, ClientGoneError, Receive, Request, Scope, Send, begin, read_body
from ._router import Match, Router
from ._wire import Wire

if TYPE_CHECKING:
    from ._platform import Platform

_LARGEST_REPLY = 64 * 1024  # bytes of a reply that the journal keeps


class App:
    """One catch-all application. Routing is by the document; see `Exchange` for the order of the steps."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.control = Control(platform)
        self.replies = Replies(platform)
        self.door = Door(platform)
        hosts = {operation.host for operation in platform.api.operations}
        self._bases = sorted((platform.base_path(host) for host in hosts), key=len, reverse=True)
        self.router: Router[Endpoint] = Router()
        for operation in platform.api.operations:
            endpoint = Endpoint(operation, platform.registry.handler(operation.name))
            for template in platform.paths_of(operation):
                self.router.add(operation.method, template, endpoint)
        for page in platform.registry.pages:
            name = f"page:{page.method} {page.path}"
            made_up = ApiOperation(name, page.method, page.path)
            self.router.add(page.method, page.path, Endpoint(made_up, page.handler))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, Wire(scope, receive, send))
        else:
            await self.door(scope, receive, send)

    async def _http(self, scope: Scope, wire: Wire) -> None:
        self.platform.start()
        request = Request.from_scope(scope)
        too_large = False
        try:
            request.body = await read_body(wire.receive, self.platform.max_body_bytes)
        except ClientGoneError:
            return
        except BodyTooLargeError:
            too_large = True
        if self.control.wants(request):
            answer = await self.control.reply(request)
            await wire.whole(answer, self._headers({"Cache-Control": "no-store", **answer.headers}, JSON), None)
            return
        await self._exchange(request, wire, too_large)

    async def _exchange(self, request: Request, wire: Wire, too_large: bool) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        match = self.router.find(request.path)
        self._name(request, match)
        begin(request)
        entry = self.platform.journal.start(self._entry(request))
        exchange = Exchange(self.platform, self.replies, request, entry, match, too_large)
        fault = self._fault(request)

        def on_cut() -> None:
            entry.cut = True

        wire.on_cut = on_cut
        if fault is not None:
            entry.fault = describe_fault(fault)
            await asyncio.sleep(fault.delay)
        reply = await self._reply(exchange, fault)
        # Written down before it is sent: whoever has the reply finds it in the journal.
        entry.duration_ms = round((clock() - started) * 1000, 3)
        if isinstance(reply, EventStream):
            await self._stream(exchange, wire, reply, fault)
            entry.duration_ms = round((clock() - started) * 1000, 3)
        else:
            if fault is None or fault.cut != "before":
                self._note(request, entry, reply)
            await wire.whole(reply, self._headers(reply.headers, reply.media_type), fault)

    async def _reply(self, exchange: Exchange, fault: Fault | None) -> WireReply | EventStream:
        try:
            if fault is not None and fault.spares_handler:
                return self._made_up(exchange, fault)
            reply = await exchange.reply()
            if fault is not None and fault.status is not None:
                await _close_source(reply)
                return self._made_up(exchange, fault)
        except Exception as error:  # a hook that fails, even while it words an error, must not leave a dead connection
            exchange.entry.error = where_it_broke(error)
            return WireReply(500, encode({"error": f"A hook of the platform failed: {exchange.entry.error}."}), JSON)
        return reply

    async def _stream(self, exchange: Exchange, wire: Wire, stream: EventStream, fault: Fault | None) -> None:
        entry, operation = exchange.entry, exchange.request.operation

        def admit(event: ServerEvent) -> bool:
            if event.data is None or operation is None or not operation.documented:
                return True
            violations = self.replies.check_event(operation, event.data)
            entry.violations += [f"reply {said(violation)}" for violation in violations]
            entry.events += not violations
            return not violations

        entry.status = 200
        headers = {"Cache-Control": "no-store", **exchange.headers(), **stream.headers}
        try:
            await wire.stream(stream, self._headers(headers, "text/event-stream; charset=utf-8"), fault, admit)
        except Exception as error:  # a source's mistake: the reader sees a dropped connection, the journal the reason
            if entry.cut:
                raise
            entry.error = where_it_broke(error)
            await wire.cut(flush=True)

    def _made_up(self, exchange: Exchange, fault: Fault) -> WireReply:
        """The reply that a fault rule describes."""
        if fault.status is None:
            return WireReply(200)  # it is cut before a byte of it is written
        if fault.body is None:
            problem = self.platform.problem_for_status(fault.status)
            reply = self.replies.problem(None, problem, exchange.request.request_id)
        else:
            reply = _literal(fault.status, fault.body)
        reply.headers = {**exchange.headers(), **reply.headers, **fault.headers}
        return reply

    def _fault(self, request: Request) -> Fault | None:
        name = request.operation.name if request.operation else None
        inner = next((request.path[len(base) :] for base in self._bases if request.path.startswith(base)), request.path)
        return self.platform.faults.take(request.method, (inner, request.path), name, request.headers)

    def _name(self, request: Request, match: Match[Endpoint] | None) -> None:
        request.request_id = self.platform.request_id_for(request)
        target = match.targets.get(request.method) if match else None
        request.operation = target.value.operation if target else None

    def _entry(self, request: Request) -> JournalEntry:
        redaction = self.platform.redaction
        return JournalEntry(
            number=0,
            time=self.platform.clock.iso(),
            method=request.method,
            path=request.path,
            query=redaction.pairs(request.query_pairs),
            headers=redaction.headers(request.headers),
            request_id=request.request_id,
            operation=request.operation.name if request.operation else None,
            idempotency_key=request.headers.get(self.platform.idempotency_header),
        )

    def _note(self, request: Request, entry: JournalEntry, reply: WireReply) -> None:
        entry.status = reply.status
        if reply.body and len(reply.body) <= _LARGEST_REPLY:
            redaction, operation = self.platform.redaction, request.operation
            documented = operation.response(reply.status) if operation else None
            pointer = documented.json_schema if documented else None
            if reply.value is None:
                entry.reply = redaction.content(reply.media_type, reply.body, pointer)
            else:
                entry.reply = redaction.body(reply.value, pointer)

    def _headers(self, headers: dict[str, str], media_type: str | None) -> list[tuple[bytes, bytes]]:
        typed = {"Content-Type": media_type} if media_type else {}
        dated = {"Date": formatdate(self.platform.clock.now(), usegmt=True)}
        pairs = {**dated, **typed, **headers}.items()
        return [(name.encode("latin-1"), _header_value(value)) for name, value in pairs]


def _literal(status: int, body: Any) -> WireReply:
    if isinstance(body, bytes):
        return WireReply(status, body, "application/octet-stream")
    if isinstance(body, str):
        return WireReply(status, body.encode(errors="replace"), "text/html; charset=utf-8")
    return WireReply(status, encode(body), JSON)


def _header_value(value: str) -> bytes:
    # A line break would let a stored value write headers of its own.
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", errors="replace")


async def _close_source(reply: WireReply | EventStream) -> None:
    close = getattr(reply.source, "aclose", None) if isinstance(reply, EventStream) else None
    if close is not None:
        await close()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
