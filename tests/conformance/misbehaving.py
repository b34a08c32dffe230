"""A server on raw sockets that misbehaves by script.

Each request takes the next script, a list of acts, and the last script serves all that follow. Token requests have
scripts of their own. What was received is kept, connection by connection.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

TOKEN_ENDPOINTS = ("/oauth/token", "/auth/login", "/auth/refresh")
Act = Callable[["Peer"], Awaitable[None]]
Script = Sequence[Act]


class HangUpError(Exception):
    """The script ends the connection."""


@dataclass(frozen=True)
class Received:
    """One request as it came. `connection` counts the connections of the server from 1."""

    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header, which must not be there twice."""
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) < 2
        return values[0] if values else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Peer:
    """The server's end of one connection."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self.request: Received | None = None

    async def read_request(self) -> Received:
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
        return Received(self.number, method, target, pairs, await self._body(dict(pairs)))

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.readexactly(int(headers.get("content-length", 0)))
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body


class Misbehaving:
    """Serves its scripts. Use it as a context manager."""

    def __init__(
        self, *scripts: Script | Act, tokens: Iterable[Script | Act] = (), tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Received] = []
        self.token_requests: list[Received] = []
        self.connections = 0
        self._scripts = [as_script(script) for script in scripts] or [json_reply({"data": {}})]
        self._tokens = [as_script(script) for script in tokens] or [token_reply("token_1")]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._tls = tls
        self._stopping = False
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def sent(self, name: str) -> list[str | None]:
        """What each request had in this header."""
        return [request.header(name) for request in self.requests]

    @property
    def open_connections(self) -> int:
        return len(self._tasks)

    def hang_up(self) -> None:
        """Drop all connections, as a server does that restarts."""
        self._do(self._drop())

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024, ssl=self._tls)
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _stop(self) -> None:
        assert self._server is not None
        self._stopping = True
        self._server.close()
        await self._drop()
        await asyncio.sleep(0.05 if self._tls else 0)  # an encrypted connection takes some turns to end

    async def _drop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._converse(Peer(self.connections, reader, writer))
        except (HangUpError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            if self._stopping or self._tls or _lingerless(writer):  # what nobody takes would keep it open
                writer.transport.abort()
            else:
                writer.close()

    async def _converse(self, peer: Peer) -> None:
        while True:
            request = peer.request = await peer.read_request()
            is_token = request.target.endswith(TOKEN_ENDPOINTS)
            (self.token_requests if is_token else self.requests).append(request)
            scripts = self._tokens if is_token else self._scripts
            for act in scripts.pop(0) if len(scripts) > 1 else scripts[0]:
                await act(peer)


def as_script(script: Script | Act) -> Script:
    return [script] if callable(script) else list(script)


def _lingerless(writer: asyncio.StreamWriter) -> bool:
    raw: socket.socket = writer.get_extra_info("socket")
    return raw.fileno() >= 0 and raw.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == _NO_LINGER


_NO_LINGER = struct.pack("ii", 1, 0)

# -- acts


def send(data: bytes) -> Act:
    async def act(peer: Peer) -> None:
        peer.writer.write(data)
        await peer.writer.drain()

    return act


def drip(data: bytes, pause: float) -> Act:
    """One byte after the other."""

    async def act(peer: Peer) -> None:
        for byte in data:
            peer.writer.write(bytes([byte]))
            await peer.writer.drain()
            await asyncio.sleep(pause)

    return act


def endless(chunk: bytes) -> Act:
    """The same chunk until the client has had enough."""

    async def act(peer: Peer) -> None:
        while not peer.writer.is_closing():
            peer.writer.write(chunk)
            await peer.writer.drain()

    return act


def wait(seconds: float) -> Act:
    async def act(peer: Peer) -> None:
        await asyncio.sleep(seconds)

    return act


def for_token(token: str, script: Script, otherwise: Script) -> Act:
    """One script for requests that carry this token, another for the rest."""

    async def act(peer: Peer) -> None:
        assert peer.request is not None
        carries = peer.request.header("authorization") == f"Bearer {token}"
        for step in script if carries else otherwise:
            await step(peer)

    return act


async def stay_silent(peer: Peer) -> None:
    """Until the client has gone."""
    await peer.reader.read()
    raise HangUpError


async def close(peer: Peer) -> None:
    """An orderly end."""
    raise HangUpError


async def reset(peer: Peer) -> None:
    """An end without manners: the client sees a reset."""
    await asyncio.sleep(0.02)  # what was sent has to arrive before the reset, which would overtake it
    raw: socket.socket = peer.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    raise HangUpError


# -- replies


def head(status: int = 200, *lines: str | bytes) -> bytes:
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return b"\r\n".join([f"HTTP/1.1 {status} Whatever".encode(), *encoded, b"", b""])


def reply(body: bytes, status: int = 200, *lines: str | bytes) -> Script:
    """A whole reply, with its length and a request id."""
    return [send(head(status, "X-Request-Id: req_1", f"Content-Length: {len(body)}", *lines) + body)]


def json_reply(value: Any, status: int = 200, *lines: str | bytes) -> Script:
    return reply(json.dumps(value).encode(), status, "Content-Type: application/json", *lines)


def token_reply(token: str, expires_in: float = 3600) -> Script:
    """In the spelling of either platform."""
    plain = {"access_token": token, "token_type": "Bearer", "expires_in": expires_in}
    return json_reply({"data": {**plain, "accessToken": token, "expiresIn": expires_in}})


ASSISTANT: dict[str, Any] = {
    "id": "asst_1",
    "name": "Support",
    "model": "gpt-4",
    "system_prompt": "Be brief.",
    "tools": [],
    "data_sources": [],
    "created_at": "2026-01-20T10:00:00Z",
    "updated_at": "2026-01-20T10:00:00Z",
}
THING = {**ASSISTANT, "title": "Support", "status": "pending", "createdAt": "2026-01-20T10:00:00Z"}
"""An object of either platform."""
GOOD = json_reply({"data": THING})
