"""A small platform with a live channel, on a real socket: things that change, and who is told of it."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol

from tandem import Operation
from tandem.models import Model
from tests.tandem.acme import unchanged
from tests.tandem.encrypted import TlsLoopback
from tests.tandem.loopback import Connection, Loopback, head

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

LOOK: Operation[Model] = Operation(
    name="things.get", method="GET", path="/things/{id}", host="core", decode=Model.from_dict, authenticated=False
)
LIVE: Operation[Any] = Operation(
    name="live", method="GET", path="/live", host="core", decode=unchanged, authenticated=False, reply="live"
)


class Peer:
    """One open WebSocket, from the server's side."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.heard: list[Any] = []
        self._protocol = Protocol(SERVER)
        self._lock = threading.Lock()

    def say(self, text: str | bytes) -> None:
        """A message."""
        with self._lock:
            self._protocol.send_text(text if isinstance(text, bytes) else text.encode())
            self._flush()

    def binary(self, content: bytes) -> None:
        with self._lock:
            self._protocol.send_binary(content)
            self._flush()

    def raw(self, content: bytes) -> None:
        """Bytes as they are."""
        with self._lock:
            self.connection.raw.sendall(content)

    def ping(self) -> None:
        with self._lock:
            self._protocol.send_ping(b"server")
            self._flush()

    def leave(self, code: int = 1000, reason: str = "") -> None:
        with self._lock:
            self._protocol.send_close(code, reason)
            self._flush()

    def drop(self) -> None:
        """Break the connection, as a network does."""
        with self._lock, suppress(OSError):  # it may be broken already
            self.connection.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.raw.shutdown(socket.SHUT_RDWR)

    def listen(self, server: LiveServer) -> None:
        """Until the client has gone."""
        while chunk := self.connection.raw.recv(65536):
            with self._lock:
                self._protocol.receive_data(chunk)
                frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
                for frame in frames:
                    if frame.opcode is Opcode.TEXT:
                        self.heard.append(json.loads(bytes(frame.data)))
                    server.goodbyes += frame.opcode is Opcode.CLOSE
                    server.pongs += frame.opcode is Opcode.PONG
                    server.pings += frame.opcode is Opcode.PING
                if server.answers_pings:
                    self._flush()
            server.told.set()

    def _flush(self) -> None:
        for content in self._protocol.data_to_send():
            if content:
                self.connection.raw.sendall(content)


class LiveServer(Loopback):
    """Answers questions for `things`, and tells whoever is connected what is published."""

    def __init__(self, *before: Any) -> None:
        super().__init__(*before, self._play)
        self.things: dict[str, dict[str, Any]] = {}
        self.peers: list[Peer] = []
        self.connected = 0
        self.looks = 0
        self.goodbyes = self.pings = self.pongs = 0
        self.answers_pings = True
        self.told = threading.Event()
        """Set when a client has said something; tests clear it."""
        self.refusal: bytes | None = None
        """What is answered in the place of a WebSocket."""
        self.outage: bytes | None = None
        """What is answered to questions instead of the state."""
        self.handshake: Callable[[bytes], bytes] = handshake
        self.on_connect: Callable[[Peer], None] = lambda peer: None
        self.on_look: Callable[[], object] = lambda: None

    def publish(self, message: Any) -> None:
        """Tell everybody."""
        for peer in list(self.peers):
            with suppress(OSError, InvalidState):  # it may have just gone
                peer.say(json.dumps(message))

    def change(self, thing: str, **fields: Any) -> None:
        """A new state, told to everybody."""
        self.things[thing] = {**self.things.get(thing, {"id": thing, "version": 0}), **fields}
        self.things[thing]["version"] += 1
        self.publish({"type": "thing.changed", **self.things[thing]})

    def wait_until_empty(self) -> None:
        """Until the last client is gone, and all it said is heard."""
        while self.peers:
            assert self.told.wait(5)
            self.told.clear()

    def drop_all(self) -> None:
        for peer in list(self.peers):
            peer.drop()

    def _play(self, connection: Connection) -> bool:
        line = connection.request.split(b" ")[1].decode()
        if line.startswith("/live"):
            return self._upgrade(connection)
        self.looks += 1
        self.on_look()
        if self.outage is not None:
            connection.raw.sendall(self.outage)
            return True
        state = self.things.get(line.removeprefix("/things/"))
        body = json.dumps(state).encode()
        status = 404 if state is None else 200
        connection.raw.sendall(head(status, content_type="application/json", content_length=len(body)) + body)
        return True

    def _upgrade(self, connection: Connection) -> bool:
        if self.refusal is not None:
            connection.raw.sendall(self.refusal)
            return False
        connection.raw.sendall(self.handshake(connection.request))
        peer = Peer(connection)
        self.connected += 1
        self.peers.append(peer)
        try:
            self.on_connect(peer)
            peer.listen(self)
        finally:
            self.peers.remove(peer)
            self.told.set()
        return False


class TlsLiveServer(LiveServer, TlsLoopback):
    """The same behind TLS: its arguments are an authority and a name."""


def handshake(request: bytes) -> bytes:
    """The answer that a WebSocket begins with."""
    lines = dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:] if b": " in line)
    key = next(value for name, value in lines.items() if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()  # as the protocol has it
    return head(101, upgrade="websocket", connection="Upgrade", sec_websocket_accept=accept)
