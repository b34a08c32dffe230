"""Server-sent events, written as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from ._reply import EventStream, ServerEvent

_END = object()


def encode_event(event: ServerEvent) -> bytes:
    """One event in the words of the EventSource specification (WHATWG HTML, section 9.2)."""
    return "".join(f"{line}\n" for line in (*_lines(event), "")).encode()


def heartbeat() -> bytes:
    """A comment: it keeps a silent connection alive, and no reader sees an event."""
    return b": heartbeat\n\n"


async def frames(stream: EventStream, gone: asyncio.Event) -> AsyncGenerator[ServerEvent | None]:
    """The events of a stream, and None where a heartbeat is due. Ends with the source, or when the reader is gone."""
    left = asyncio.ensure_future(gone.wait())
    step: asyncio.Future[Any] | None = None
    try:
        while True:
            step = step or asyncio.ensure_future(_next(stream.source))
            await asyncio.wait({step, left}, timeout=stream.heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if step.done():
                event = step.result()
                step = None
                if event is _END:
                    return
                yield event
            elif left.done():
                return
            else:
                yield None
    finally:
        left.cancel()
        await _close(stream.source, step)


async def _next(source: AsyncIterator[ServerEvent]) -> Any:
    return await anext(source, _END)


async def _close(source: AsyncIterator[ServerEvent], step: asyncio.Future[Any] | None) -> None:
    if step is not None and not step.done():
        step.cancel()
        await asyncio.wait({step})
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()


def _lines(event: ServerEvent) -> Iterator[str]:
    if event.comment is not None:
        yield from (f": {line}" for line in _split(event.comment))
    if event.retry is not None:
        yield f"retry: {event.retry}"
    if event.event is not None:
        yield f"event: {_one_line(event.event)}"
    if event.id is not None:
        yield f"id: {_one_line(event.id)}"
    if event.data is not None:
        text = event.data if isinstance(event.data, str) else _json(event.data)
        yield from (f"data: {line}" for line in _split(text))


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _split(text: str) -> list[str]:
    # Only CR, LF and CRLF end a line here; str.splitlines knows more and would tear text apart.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _one_line(text: str) -> str:
    return " ".join(_split(text)).replace("\0", "")
