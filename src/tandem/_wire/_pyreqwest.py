"""The fast transport: pyreqwest, which speaks HTTP/1.1 and HTTP/2 outside of Python, and httpx for what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from tandem._transport import AsyncReplyStream, ReplyStream, Request, Response, TransportError

from ._gates import AsyncGate, Gate
from ._homes import AsyncHome, Home
from ._httpx import AsyncHttpxTransport, HttpxTransport, Pools
from ._native import Clients, Collecting, built, comes_in_one, detour, failure, head
from ._proxies import Proxies
from ._turns import AsyncTurn, Turn

Note = Callable[[str], object]


def _unheard(reason: str) -> None:
    """Where nobody asks why."""


class PyreqwestTransport:
    """Sends calls through pyreqwest, and through httpx whatever that is not good at: event streams, replies that are
    read as they arrive, bodies over 256 kB, unusual URLs.

    A child of `fork` goes on over httpx altogether, and so does everyone while a recorder or a mock of a test stands
    in for httpx. `note` is told of each reason once.

    What differs from httpx: the timeout bounds connecting, sending and waiting for the reply's head together. A header
    of a reply that is not ASCII is left out, and a reply of more than 100 headers is none. When the reply to a GET
    breaks off in its first 64 kB, the error has neither its status nor its request id. Ctrl-C is heard when the wait
    for the server ends. Certificates are verified by the system's authorities, or those that `SSL_CERT_FILE` and
    `SSL_CERT_DIR` name. What a server of HTTP/2 hands back unprocessed is sent up to three times in one attempt,
    and the calls on one of its connections share the fate of that.

    Where another thread than the main one makes the first call of the process, a daemon thread loads the library and
    then sleeps for as long as the process lives: the library does not survive the thread that loads it.
    """

    def __init__(
        self, *, max_connections: int = 100, proxy: str | None = None, trust_env: bool = True, note: Note = _unheard
    ) -> None:
        self._httpx = HttpxTransport(max_connections=max_connections, proxy=proxy, trust_env=trust_env)
        self._home = Home()
        self._clients = Clients(self._home.builder, Proxies.of(proxy, trust_env=trust_env), max_connections)
        self._gates = Pools(self._home.place)
        self._max_connections = max_connections
        self._noted = set[str]()
        self._note = note

    def __repr__(self) -> str:
        return "<PyreqwestTransport>"

    def send(self, request: Request) -> Response:
        left = self._home.left()
        if left is not None:
            return self._aside(left).send(request)
        gate: Gate = self._gates.here(lambda: Gate(self._max_connections))
        turn = Turn(gate, gate.enter(request.deadline))
        try:
            client = detour(request) or self._clients.of(request)
            if isinstance(client, str):
                return self._aside(client).send(request)
            return self._exchange(client, request, turn)
        finally:
            turn.leave()

    def open(self, request: Request) -> ReplyStream:
        # A thread that waits for the next bytes of pyreqwest could not be woken, and would outlive a client's end.
        return self._aside("a reply that is read as it arrives").open(request)

    def close(self) -> None:
        for client in self._clients.take():
            if self._home.left() is None:
                client.close()
        self._httpx.close()

    def _aside(self, reason: str) -> HttpxTransport:
        if reason not in self._noted:
            self._noted.add(reason)
            self._note(reason)
        return self._httpx

    def _exchange(self, client: Any, request: Request, turn: Turn) -> Response:
        begin, end = turn.doors(built(client, request))
        try:
            reply = begin()
        except Exception as problem:  # the library's, or what its runtime met: to a caller all mean "no reply"
            raise failure(problem) from None
        response, whole = head(reply), False
        try:
            response.content = self._read(reply, response, request)
            whole = True
        except TransportError as problem:
            problem.reply = response
            raise
        finally:
            if not whole:
                let_go(end)
        return response

    def _read(self, reply: Any, response: Response, request: Request) -> bytes:
        try:
            if comes_in_one(response, request):
                body: bytes = (reply.bytes()).to_bytes()
                return body
            collecting, reader = Collecting(response, request), reply.body_reader
            while (chunk := reader.read_chunk()) is not None:
                collecting.add(chunk)
            return collecting.finish()
        except TransportError:
            raise
        except Exception as problem:  # a cut connection or a wrong length: all mean "no whole reply"
            raise failure(problem, reading=True) from None


class AsyncPyreqwestTransport:
    """Sends calls through pyreqwest, and through httpx whatever that is not good at: event streams, replies that are
    read as they arrive, bodies over 256 kB, unusual URLs.

    A child of `fork`, the tasks of trio and event loops outside the main thread go on over httpx altogether, and so
    does everyone while a recorder or a mock of a test stands in for httpx. `note` is told of each reason once.

    What differs from httpx: the timeout bounds connecting, sending and waiting for the reply's head together. A header
    of a reply that is not ASCII is left out, and a reply of more than 100 headers is none. When the reply to a GET
    breaks off in its first 64 kB, the error has neither its status nor its request id. A call that is cancelled ends
    at once, but its request goes on, even past the client's end, until it is answered or its timeout has passed; till
    then it counts as one of `max_connections`. Certificates are verified by the system's authorities, or those that
    `SSL_CERT_FILE` and `SSL_CERT_DIR` name. What a server of HTTP/2 hands back unprocessed is sent up to three times
    in one attempt, and the calls on one of its connections share the fate of that.
    """

    def __init__(
        self, *, max_connections: int = 100, proxy: str | None = None, trust_env: bool = True, note: Note = _unheard
    ) -> None:
        self._httpx = AsyncHttpxTransport(max_connections=max_connections, proxy=proxy, trust_env=trust_env)
        self._home = AsyncHome()
        self._clients = Clients(self._home.builder, Proxies.of(proxy, trust_env=trust_env), max_connections)
        self._gates = Pools(self._home.place)
        self._max_connections = max_connections
        self._noted = set[str]()
        self._note = note

    def __repr__(self) -> str:
        return "<AsyncPyreqwestTransport>"

    async def send(self, request: Request) -> Response:
        left = self._home.left()
        if left is not None:
            return await self._aside(left).send(request)
        gate: AsyncGate = self._gates.here(lambda: AsyncGate(self._max_connections))
        turn = AsyncTurn(gate, await gate.enter(request.deadline))
        try:
            client = detour(request) or self._clients.of(request)
            if isinstance(client, str):
                return await self._aside(client).send(request)
            return await self._exchange(client, request, turn)
        finally:
            turn.leave()

    async def open(self, request: Request) -> AsyncReplyStream:
        # A thread that waits for the next bytes of pyreqwest could not be woken, and would outlive a client's end.
        return await self._aside("a reply that is read as it arrives").open(request)

    async def aclose(self) -> None:
        for client in self._clients.take():
            if self._home.left() is None:
                await client.close()
        await self._httpx.aclose()

    def _aside(self, reason: str) -> AsyncHttpxTransport:
        if reason not in self._noted:
            self._noted.add(reason)
            self._note(reason)
        return self._httpx

    async def _exchange(self, client: Any, request: Request, turn: AsyncTurn) -> Response:
        begin, end = turn.doors(built(client, request))
        try:
            reply = await begin()
        except Exception as problem:  # the library's, or what its runtime met: to a caller all mean "no reply"
            raise failure(problem) from None
        response, whole = head(reply), False
        try:
            response.content = await self._read(reply, response, request)
            whole = True
        except TransportError as problem:
            problem.reply = response
            raise
        finally:
            if not whole:
                await async_let_go(end)
        return response

    async def _read(self, reply: Any, response: Response, request: Request) -> bytes:
        try:
            if comes_in_one(response, request):
                body: bytes = (await reply.bytes()).to_bytes()
                return body
            collecting, reader = Collecting(response, request), reply.body_reader
            while (chunk := await reader.read_chunk()) is not None:
                collecting.add(chunk)
            return collecting.finish()
        except TransportError:
            raise
        except Exception as problem:  # a cut connection or a wrong length: all mean "no whole reply"
            raise failure(problem, reading=True) from None


def let_go(end: Any) -> None:
    """Drop a request whose reply is not wanted any more, with its connection."""
    end(None, None, None)


async def async_let_go(end: Any) -> None:
    """Drop a request whose reply is not wanted any more, with its connection."""
    with anyio.CancelScope(shield=True):  # the caller may be on the way out: this still has to be done
        await end(None, None, None)
