"""How fast event streams are read: the decoder alone, and whole streams over a socket. Prints the best of some runs."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from interactor import AsyncInteractorClient, InteractorClient
from tandem._streaming._sse import EventDecoder

EVENTS = 20_000
ROUNDS = 5
PIECE = {"type": "message.delta", "content": "word ", "message_id": "msg_ghi789", "in_reply_to": "msg_abc123"}
BODY = b"".join(
    b"id: %d\nevent: message.delta\ndata: %s\n\n" % (number, json.dumps(PIECE).encode())
    for number in range(1, EVENTS + 1)
)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
TOKEN = b'{"data": {"access_token": "token-1", "expires_in": 3600}}'


def serve(listener: socket.socket) -> None:
    """Answer each connection in turn: tokens, and one long stream."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=converse, args=(connection,), daemon=True).start()


def converse(connection: socket.socket) -> None:
    with connection, suppress(OSError):  # the client leaves in the midst of a stream
        while request := connection.recv(65_536):
            token = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(TOKEN), TOKEN)
            connection.sendall(STREAM if request.startswith(b"GET") else token)


def rate(work: Callable[[], int]) -> float:
    """Events in a second, at best."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        assert work() == EVENTS
        best = min(best, time.perf_counter() - started)
    return EVENTS / best


def decoded(size: int) -> int:
    decoder = EventDecoder()
    return sum(len(decoder.feed(BODY[start : start + size])) for start in range(0, len(BODY), size))


def read(settings: dict[str, Any]) -> int:
    with InteractorClient(**settings) as client, client.rooms.stream("room_1") as events:
        walk = iter(events)
        return sum(1 for _ in (next(walk) for _ in range(EVENTS)))


async def async_read(settings: dict[str, Any]) -> int:
    async with AsyncInteractorClient(**settings) as client, client.rooms.stream("room_1") as events:
        walk = aiter(events)
        for _ in range(EVENTS):
            await anext(walk)
        return EVENTS


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = {
            "client_id": "id",
            "client_secret": "secret",
            "namespace": "user_1",
            "core_api_url": url,
            "account_server_url": url,
        }
        for size in (65_536, 4_096, 160):
            print(f"decoder, chunks of {size:>6} bytes   {rate(lambda size=size: decoded(size)):9,.0f} events/s")  # type: ignore[misc]  # the default binds the loop's value
        print(f"typed events, sync                {rate(lambda: read(settings)):9,.0f} events/s")
        print(f"typed events, async               {rate(lambda: asyncio.run(async_read(settings))):9,.0f} events/s")
        listener.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main()
