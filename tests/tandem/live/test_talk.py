"""What is said over a WebSocket: bytes to messages and back."""

from __future__ import annotations

import random

import pytest
from websockets.frames import Close, Frame, Opcode

from tandem._live._talk import Talk, accepts, new_key


def sent(*frames: Frame) -> bytes:
    """What a server writes."""
    return b"".join(frame.serialize(mask=False) for frame in frames)


def text(content: str | bytes, *, fin: bool = True) -> Frame:
    return Frame(Opcode.TEXT, content if isinstance(content, bytes) else content.encode(), fin)


def more(content: bytes, *, fin: bool = True) -> Frame:
    return Frame(Opcode.CONT, content, fin)


def messages(talk: Talk) -> list[str | bytes]:
    found: list[str | bytes] = []
    while (message := talk.next_message()) is not None:
        found.append(message)
    return found


def opened(*texts: str, max_size: int | None = None) -> Talk:
    talk = Talk(max_size)
    talk.begin(*texts)
    talk.outgoing()
    return talk


def test_messages_may_come_in_any_pieces() -> None:
    whole = sent(text("one"), text("zw", fin=False), Frame(Opcode.PING, b"p"), more("ölf".encode()), text("x" * 200))

    for at in range(1, len(whole)):
        talk = opened()
        talk.receive(whole[:at])
        talk.receive(whole[at:])
        assert messages(talk) == ["one", "zwölf", "x" * 200]


def test_binary_stays_bytes_and_so_does_text_that_is_none() -> None:
    talk = opened()

    talk.receive(sent(Frame(Opcode.BINARY, b"\x00\x01"), text(b"\xff\xfe")))

    assert messages(talk) == [b"\x00\x01", b"\xff\xfe"]


def test_a_ping_is_answered_with_its_own_content() -> None:
    talk = opened()

    talk.receive(sent(Frame(Opcode.PING, b"who?")))

    assert len(talk.outgoing()) == 2 + 4 + len(b"who?")  # head, mask, content


def test_the_greeting_was_heard_when_the_opening_question_is_answered_or_something_is_said() -> None:
    answered, told, other = opened("hello"), opened("hello"), opened("hello")

    answered.receive(sent(Frame(Opcode.PONG, b"begin")))
    told.receive(sent(text("hi")))
    other.receive(sent(Frame(Opcode.PONG, b"something else")))

    assert (answered.heard, told.heard, other.heard) == (True, True, False)


@pytest.mark.parametrize("frames", [[text("x" * 101)], [text("x" * 60, fin=False), more(b"x" * 60)]])
def test_a_message_that_is_too_large_ends_it(frames: list[Frame]) -> None:
    talk = opened(max_size=100)

    talk.receive(sent(text("small"), *frames))

    assert messages(talk) == ["small"]
    assert "cannot be read" in str(talk.ending)


def test_what_came_before_the_end_is_given_and_what_comes_after_it_is_not() -> None:
    talk = opened()

    talk.receive(sent(text("last"), Frame(Opcode.CLOSE, Close(1012, "restart").serialize()), text("never")))
    talk.receive(sent(text("never")))

    assert messages(talk) == ["last"]
    assert talk.ending == "the server ended it (1012 restart)"
    assert talk.outgoing()  # the close frame's echo


def test_whoever_leaves_says_so_once() -> None:
    talk = opened()

    talk.leave()
    goodbye = talk.outgoing()
    talk.leave()
    talk.ask()

    assert (bool(goodbye), talk.outgoing(), talk.ending) == (True, b"", "it was left")


def test_a_strangers_bytes_never_raise() -> None:
    chance = random.Random(7)
    endings = set[bool]()

    for _ in range(2000):
        talk = opened(max_size=1000)
        for _ in range(4):
            talk.receive(chance.randbytes(chance.randrange(1, 40)))
            messages(talk)
            talk.outgoing()
        endings.add(talk.ending is None)

    assert endings == {True, False}


def test_the_answer_to_a_handshake_belongs_to_its_key() -> None:
    key = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, section 1.3

    assert accepts(key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    assert not accepts(key, None)
    assert not accepts(new_key(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
