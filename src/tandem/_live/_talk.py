"""What is said over one WebSocket: bytes to messages and back. Pure; the frames are those of `websockets`."""

from __future__ import annotations

import base64
import hashlib
import os
from collections import deque
from typing import Any

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_OPENING = b"begin"
_STILL_THERE = b"there?"
_SHOWN = 100  # characters of a reason that a stranger gave


class Talk:
    """One connection, from the handshake to its end. Raises ImportError where `websockets` is not installed."""

    def __init__(self, max_size: int | None) -> None:
        from websockets.frames import Opcode
        from websockets.protocol import CLIENT, Protocol

        self._kinds = Opcode
        self._protocol = Protocol(CLIENT, max_size=max_size)
        self._parts: list[bytes] = []
        self._binary = False
        self._messages = deque[str | bytes]()
        self.heard = False
        """Whether the other side has read what was said to it at the beginning, or has said something itself."""

    def begin(self, *texts: str) -> None:
        """Say these, and ask for a sign that they were read."""
        for text in texts:
            self._protocol.send_text(text.encode())
        self._protocol.send_ping(_OPENING)

    def ask(self) -> None:
        """Ask for a sign of life."""
        if self.ending is None:
            self._protocol.send_ping(_STILL_THERE)

    def leave(self) -> None:
        """Say goodbye."""
        if self.ending is None:
            self._protocol.send_close(1000)

    def receive(self, chunk: bytes) -> None:
        """The next bytes. What they bring is there with `next_message`; what they ask for, with `outgoing`."""
        self._protocol.receive_data(chunk)
        for frame in self._protocol.events_received():
            self._take(frame)

    def next_message(self) -> str | bytes | None:
        """The next whole message: a text, or bytes where it was binary, or is no text. None where there is none."""
        return self._messages.popleft() if self._messages else None

    def outgoing(self) -> bytes:
        """What is to be written now."""
        return b"".join(self._protocol.data_to_send())

    @property
    def ending(self) -> str | None:
        """Why there is nothing more to come; None while there is."""
        if self._protocol.parser_exc is not None:
            return f"it cannot be read: {self._protocol.parser_exc}"
        close = self._protocol.close_rcvd
        if close is not None:
            return f"the server ended it ({close.code}{' ' if close.reason else ''}{close.reason[:_SHOWN]})"
        return None if self._protocol.close_sent is None else "it was left"

    def _take(self, frame: Any) -> None:
        kinds = self._kinds
        if frame.opcode is kinds.PONG:
            self.heard = self.heard or bytes(frame.data) == _OPENING
            return
        if frame.opcode not in {kinds.TEXT, kinds.BINARY, kinds.CONT}:
            return
        if frame.opcode is not kinds.CONT:
            self._parts, self._binary = [], frame.opcode is kinds.BINARY
        self._parts.append(bytes(frame.data))
        if frame.fin:
            self.heard = True
            self._messages.append(_text(b"".join(self._parts), binary=self._binary))
            self._parts = []


def _text(content: bytes, *, binary: bool) -> str | bytes:
    if binary:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def handshake(key: str) -> dict[str, str]:
    """The headers that ask for a WebSocket."""
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }


def new_key() -> str:
    """A key that no other handshake has."""
    return base64.b64encode(os.urandom(16)).decode()


def accepts(key: str, answer: str | None) -> bool:
    """Whether the server has understood the handshake: a cache would answer with that of another one."""
    digest = hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()
    return answer == base64.b64encode(digest).decode()
