"""The router as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ._replies import NOT_A_POST, TOO_LARGE, WebhookReply

if TYPE_CHECKING:
    from ._router import Router

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class AsgiApp:
    """Answers every path: mount it where deliveries shall arrive."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            reply = await self._answer(scope, receive)
            if reply is not None:
                await _send(reply, send)

    async def _answer(self, scope: Event, receive: Receive) -> WebhookReply | None:
        if scope["method"] != "POST":
            return NOT_A_POST
        limit = self._router.verifier.max_body
        for name, value in scope["headers"]:
            if name == b"content-length" and _is_over(value, limit):
                return TOO_LARGE
        body = bytearray()
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            body += event.get("body", b"")
            if len(body) > limit:
                return TOO_LARGE
            if not event.get("more_body", False):
                return await self._router.ahandle(bytes(body), scope["headers"])


def _is_over(length: bytes, limit: int) -> bool:
    return length.isdigit() and (len(length) > 18 or int(length) > limit)


async def _send(reply: WebhookReply, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
