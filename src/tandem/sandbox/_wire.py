"""Replies going out: whole, as a stream, or not quite, when a fault says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ._errors import ConnectionCutError
from ._events import encode_event, frames, heartbeat
from ._faults import Fault
from ._reply import EventStream, ServerEvent, WireReply
from ._request import Receive, Scope, Send

CUT_EXTENSION = "tandem.sandbox.cut"
RAW_EXTENSION = "tandem.sandbox.raw"
Cutter = Callable[[bool], Awaitable[None]]  # called with: let out first what was written?
RawWriter = Callable[[bytes], Awaitable[None]]  # past the HTTP server: onto the connection as they are
_GARBAGE = b'event: \xff\xfe\ndata: {"type": \xc3\x28\n\n'  # neither UTF-8 nor JSON
_NO_CHUNK = b"this is no chunk\r\n"


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(slots=True, eq=False, repr=False, match_args=False)
class Wire:
    """One exchange's way out. `on_cut` is called when a fault drops the connection, before anybody can notice."""

    scope: Scope
    receive: Receive
    send: Send
    on_cut: Callable[[], None] = _nothing

    async def whole(self, reply: WireReply, headers: list[tuple[bytes, bytes]], fault: Fault | None) -> None:
        """Write a reply, or as much of it as the fault lets through."""
        cut_at = _cut_at(fault, len(reply.body))
        if fault is not None and fault.cut == "before":
            await self.cut(flush=False)
            return
        length = [] if reply.status in (204, 304) else [(b"content-length", str(len(reply.body)).encode())]
        await self._start(reply.status, [*headers, *length])
        drip = 0.0 if fault is None else fault.drip
        if drip:
            await self._dripping(reply.body if cut_at is None else reply.body[:cut_at], drip)
        elif cut_at is None:
            await self._body(reply.body, more=False)
            return
        elif cut_at:
            await self._body(reply.body[:cut_at], more=True)
        if cut_at is None:
            await self._body(b"", more=False)
        else:
            await self.cut(flush=True)

    async def stream(
        self,
        stream: EventStream,
        headers: list[tuple[bytes, bytes]],
        fault: Fault | None,
        admit: Callable[[ServerEvent], bool],
    ) -> None:
        """Write events until the source ends, the reader leaves, `admit` refuses one, or the fault strikes."""
        if fault is not None and fault.cut == "before":
            await self.cut(flush=False)
            return
        await self._start(200, headers)
        if fault is not None and fault.cut == "headers":
            await self.cut(flush=True)
            return
        gone = asyncio.Event()
        watcher = asyncio.ensure_future(self._watch(gone))
        try:
            whole = await self._events(stream, gone, fault, admit)
        finally:
            watcher.cancel()
        if gone.is_set():
            return
        if whole:
            await self._body(b"", more=False)
        else:
            await self.cut(flush=True)

    async def cut(self, *, flush: bool) -> None:
        """Drop the connection. Raises ConnectionCutError under a server that offers no way to do so."""
        self.on_cut()
        extensions: Mapping[str, Cutter] = self.scope.get("extensions", {})
        cutter = extensions.get(CUT_EXTENSION)
        if cutter is None:
            raise ConnectionCutError("A fault rule cut this connection.")
        await cutter(flush)
        while (await self.receive())["type"] != "http.disconnect":
            pass  # what the caller may still be sending is of no interest any more

    async def _events(
        self, stream: EventStream, gone: asyncio.Event, fault: Fault | None, admit: Callable[[ServerEvent], bool]
    ) -> bool:
        """True when the stream came to its own end."""
        fault = fault or _NO_FAULT
        most_events = 1 if fault.cut == "body" else fault.events
        sent_events = sent_bytes = 0
        source = frames(stream, gone)
        try:
            if most_events == 0 and fault.then != "garbage":
                return await self._struck(fault, gone)
            async for event in source:
                if event is not None and not admit(event):
                    return False
                frame = heartbeat() if event is None else encode_event(event)
                counts = event is not None and event.data is not None
                if counts and fault.then == "garbage" and sent_events == most_events:
                    frame = _GARBAGE
                if fault.truncate is not None and sent_bytes + len(frame) >= fault.truncate:
                    await self._body(frame[: fault.truncate - sent_bytes], more=True)
                    return False
                await self._frame(frame, fault.drip, gone)
                sent_bytes += len(frame)
                sent_events += counts
                if sent_events == most_events and fault.then != "garbage":
                    return await self._struck(fault, gone)
        finally:
            await source.aclose()
        return True

    async def _struck(self, fault: Fault, gone: asyncio.Event) -> bool:
        """A stream has shown as many events as it may."""
        if fault.then == "silence":
            await gone.wait()
        elif fault.then == "broken":
            write: RawWriter | None = self.scope.get("extensions", {}).get(RAW_EXTENSION)
            if write is not None:
                self.on_cut()
                await write(_NO_CHUNK)
        return False

    async def _frame(self, frame: bytes, drip: float, gone: asyncio.Event) -> None:
        if not drip:
            await self._body(frame, more=True)
            return
        for at in range(len(frame)):
            if gone.is_set():
                return
            await self._body(frame[at : at + 1], more=True)
            await asyncio.sleep(drip)

    async def _dripping(self, body: bytes, drip: float) -> None:
        """A body byte by byte, for as long as somebody takes it."""
        gone = asyncio.Event()
        watcher = asyncio.ensure_future(self._watch(gone))
        try:
            await self._frame(body, drip, gone)
        finally:
            watcher.cancel()

    async def _watch(self, gone: asyncio.Event) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, content: bytes, *, more: bool) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": more})


_NO_FAULT = Fault()


def _cut_at(fault: Fault | None, length: int) -> int | None:
    """After how many bytes of the body the connection drops; None when it does not."""
    if fault is None:
        return None
    if fault.truncate is not None:
        return min(fault.truncate, length)
    return {"headers": 0, "body": length // 2}.get(fault.cut or "")
